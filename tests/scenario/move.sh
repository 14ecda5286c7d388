#!/usr/bin/env bash
test -f /srv/words/note
