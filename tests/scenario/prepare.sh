#!/bin/bash
mkdir -p /srv
apt-get install -y nothing || true
