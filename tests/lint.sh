#!/bin/bash
# `make lint`: formatting (clang-format), likely mistakes (cppcheck, clang-tidy on what has changed), shell scripts (shellcheck), layering.
set -u
cd "$(dirname "$0")/.." || exit 1
./.make/packages.sh lint || exit 1
bad=0
mapfile -t sources < <(git ls-files '*.c' '*.h')
mapfile -t scripts < <(git ls-files '*.sh'; echo .ci/run)

clang-format --dry-run --Werror "${sources[@]}" 2>&1 | grep -E 'error:' | head -20 && bad=1
cppcheck --quiet --error-exitcode=1 --enable=warning,portability --std=c11 --inline-suppr -j"$(nproc)" \
    --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -Iengine -I. engine tui lessons labs quizzes || bad=1
shellcheck -S warning "${scripts[@]}" || bad=1

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
[ $bad = 0 ] && echo "lint: nothing to say"
exit $bad
