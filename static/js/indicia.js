// Every page loads this one module; each part wakes up only where the page asks for it by a data- attribute.
import { dragRuns } from "./board.js";
import { followChoice } from "./choose.js";
import { lookAsTyped } from "./look.js";
import { guardAgainstRepeats } from "./once.js";
import { followProgress } from "./poll.js";
import { pointAtPage, turnPages } from "./proof.js";
import { keepScanning } from "./scan.js";
import { keepTyped } from "./kept.js";
import { placeFields } from "./fields.js";
import { arrangePages } from "./pagemap.js";
import { acceptDrops } from "./upload.js";
import { closeElsewhere, leadToSearch } from "./masthead.js";
import { findAsTyped } from "./palette.js";
import { addUpTicked } from "./select.js";
import { drawSignature } from "./sign.js";
import { saveAsTyped } from "./saving.js";
import { offerTour } from "./tour.js";
import { sayAgain } from "./toast.js";
import { signInBeforeSending } from "./signin.js";
import { keepOnTablet } from "./tablet.js";

const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

keepOnTablet();
signInBeforeSending(document.body);
keepTyped(document.body);
guardAgainstRepeats(document);
each("[data-poll]", followProgress);
each("[data-choice]", followChoice);
each("[data-look]", lookAsTyped);
each("[data-scan]", keepScanning);
each("[data-pages]", turnPages);
each("[data-comment]", pointAtPage);
each("[data-placer]", placeFields);
each("[data-map]", arrangePages);
each("[data-upload]", acceptDrops);
each("[data-save]", saveAsTyped);
each("[data-board]", dragRuns);
each("[data-sign]", drawSignature);
each("[data-popover]", closeElsewhere);
each("[data-search]", leadToSearch);
each("[data-seek]", findAsTyped);
each("form[data-select]", addUpTicked);
each("[data-tour-offer]", offerTour);
each("[data-toasts]", sayAgain);
// The browser's own autofocus comes with a later frame: what is typed before it would be lost.
(document.querySelector("[data-focus]") ?? document.querySelector("[autofocus]"))?.focus();
