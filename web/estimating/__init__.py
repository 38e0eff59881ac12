"""The estimator's counter: the workbench, and the quotes that answer projects."""
