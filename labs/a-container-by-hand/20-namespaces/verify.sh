[ "$(hostname)" != "$name" ] || say "The machine itself is called $name now. The name was to be set in the new UTS namespace; set the machine's back: hostname lab."
need_box
