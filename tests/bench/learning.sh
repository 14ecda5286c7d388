# Sourced by run.sh: scheduling by repetition, and statistics of questions.
# shellcheck shell=bash
echo; echo "Learning and statistics, milliseconds"
gcc -O2 -std=gnu17 -D_GNU_SOURCE -Iengine -I. -o "$TMP/figures" tests/bench/figures.c -Wl,--start-group build/lib/libquizzes-classd.a \
    build/lib/libquizzes-bank.a build/lib/libengine-base.a -Wl,--end-group -lsqlite3 -lcmark -lyaml -ljansson -lnettle -lm
mkdir -p "$TMP/learning"
while read -r name figure; do
    case $name in
    fsrs) row "FSRS, 10000 cards" "$figure" "" "" "<= 20" ;;
    bank) row "a bank of 20000 questions is opened, 60 drawn" "$figure" "" "" "<= 100" ;;
    statistics) row "statistics, 1000 attempts by 60 questions" "$figure" "" "" "<= 1000" ;;
    report) row "the same from the stored answers" "$figure" "" "" "<= 1000" ;;
    esac
done < <("$TMP/figures" "$TMP/learning" 2>>"$TMP/errors")
