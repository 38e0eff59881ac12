"""Starting: embedded servers, migrations, the marks that keep strangers apart."""
