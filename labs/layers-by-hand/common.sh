# Put before every script of this lab.
cd /work || exit 1
say() { echo "$1"; exit 1; }
# The mount at /work/$1: its options, "" when there is none.
options() { awk -v at="/work/$1" '$5 == at { for (i = 7; i < NF; i++) if ($i == "-") print $(i + 1), $(i + 3) }' /proc/self/mountinfo | tail -1; }
option() { options "$1" | tr ', ' '\n\n' | sed -n "s,^$2=,,p" | sed 's,/work/,,g'; }
mounted() {
    local have
    have=$(options "$1")
    [ -n "$have" ] || say "Nothing is mounted at /work/$1 yet."
    [ "${have%% *}" = overlay ] || say "What is mounted at /work/$1 is no overlay, but of the type ${have%% *}."
    case $(option "$1" lowerdir) in
    app:base) ;;
    base:app) say "The layers of /work/$1 are upside down: the first name of lowerdir is the topmost one." ;;
    *) say "The lower layers of /work/$1 have to be app above base; lowerdir is $(option "$1" lowerdir)." ;;
    esac
    [ "$(option "$1" upperdir)" = "$2" ] || say "The upper layer of /work/$1 has to be /work/$2; upperdir is $(option "$1" upperdir)."
}
untouched_base() {
    [ "$(cat "base/garden/$kept" 2> /dev/null)" = "a flower of the base" ] && [ -e "base/trees/$gone" ] && [ -e base/settings/3.conf ] && [ "$(cat base/version)" = base ] ||
        say "A file in /work/base was changed or removed. Lower layers belong to everybody: work in /work/merged only, and reset the step."
}
