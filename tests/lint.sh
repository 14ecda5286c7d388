#!/bin/bash
# `make lint`: formatting (clang-format), likely mistakes (cppcheck), shell scripts (shellcheck), layering, names.
set -u
cd "$(dirname "$0")/.." || exit 1
./.make/packages.sh lint || exit 1
bad=0
mapfile -t sources < <(git ls-files '*.c' '*.h')
mapfile -t scripts < <(git ls-files '*.sh'; echo .ci/run)

clang-format --dry-run --Werror "${sources[@]}" 2>&1 | grep -m20 -E 'error:' && bad=1
cppcheck --quiet --error-exitcode=1 --enable=warning,portability --std=c11 --inline-suppr -j"$(nproc)" \
    '-Djson_array_foreach(a,i,v)=for(i=0;(v=json_array_get(a,i));i++)' '-Djson_object_foreach(o,k,v)=for(k="";(v=json_object_get(o,k));)' \
    --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -Iengine -I. engine tui lessons labs quizzes || bad=1
# Lab scripts have no first line, and what a test sets is often read by what it sources (SC2034) or set by it (SC2154). A lab's
# solutions are what a learner would type: `kill $(pidof x)` (SC2046), `sleep 100 </dev/null` (SC2217).
for script in "${scripts[@]}"; do
    dialect=$(head -1 "$script" | grep -q '^#!/bin/sh' && echo sh || echo bash)
    typed=$([[ $script == labs/*/*/* ]] && echo ,SC2046,SC2217)
    shellcheck -S warning -s "$dialect" -e "SC2034,SC2154,SC2010$typed" "$script" || bad=1
done

# A folder of engine/ includes only what stands before it here; everything outside uses the engine through client/ and base/.
order="base kernel observe runtime shim image build network volume daemon api"
rank() { local i=0 name; for name in $order; do [ "$name" = "$1" ] && { echo $i; return; }; i=$((i + 1)); done; echo 99; }
for file in "${sources[@]}"; do
    folder=$(cut -d/ -f2 <<<"$file")
    while read -r used; do
        case $file in
        engine/client/* | engine/cli/*) [[ " base client cli " == *" $used "* || $file == engine/cli/slipway_main.c ]] ;;
        engine/*) [ "$(rank "$used")" -le "$(rank "$folder")" ] ;;
        tests/*) true ;;
        *) [[ " base client " == *" $used "* ]] ;;
        esac || { echo "$file: may not include $used/"; bad=1; }
    done < <(sed -nE 's/^#include "((base|kernel|observe|runtime|shim|image|build|network|volume|daemon|api|client|cli))\/.*/\1/p' "$file" | sort -u)
done
# A name that two folders define is one of them to whoever is linked with both: the one that comes first.
twice=$(for archive in "${BUILD:-build}"/lib/*.a; do nm -g --defined-only "$archive" 2>/dev/null | awk '$2 ~ /[TDRBC]/ {print $3}' | sort -u; done | sort | uniq -d)
[ -z "$twice" ] || { echo "defined in two folders: $(xargs <<<"$twice")"; bad=1; }

[ $bad = 0 ] && echo "lint: nothing to say"
exit $bad
