#!/bin/sh
[ "$(cat /srv/note)" = hello ]
