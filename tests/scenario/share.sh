#!/bin/bash
[ "$(stat -c %a /srv/note)" = 644 ] || exit 1
