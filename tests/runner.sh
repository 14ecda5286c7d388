# What run.sh and valgrind.sh have in common; sourced by them. They say `only`: a test's name contains one of these, where there are any.
# shellcheck shell=bash

wanted() { local pattern; [ ${#only[@]} -gt 0 ] || return 0; for pattern in "${only[@]}"; do [[ $1 == *$pattern* ]] && return; done; return 1; }

# cmocka_lines NAME: a cmocka program reports "[       OK ] name" and "[  FAILED  ] name"; in one line each they look like the scripts' own.
cmocka_lines() { sed -En "s/^\[ +OK +\] /ok - $1: /p; s/^\[ +SKIPPED +\] /skip - $1: /p; s/^\[ +FAILED +\] ([a-z_0-9]+)$/not ok - $1: \1/p" | sort -u; }
