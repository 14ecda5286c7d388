/* The start of a container act by act: what was done, the command that does it by hand, what it is for, and a picture of the
 * container as far as it is made. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/xray_steps.h"

#include <stdio.h>
#include <string.h>

/* Parts of the picture, in the order in which they are drawn. */
enum piece { GROUP, SPACES, NETWORK, ROOT, SELF, POWER, PROGRAM, PIECES };

static const char *const pieces[PIECES] = {
    [GROUP] = "control group", [SPACES] = "namespaces", [NETWORK] = "network", [ROOT] = "root file system",
    [SELF] = "name and user",  [POWER] = "privileges",  [PROGRAM] = "program",
};

static const struct {
    const char *what;
    enum piece piece;
    const char *why;
} acts[] = {
    {"unshare", SPACES, "A network namespace of its own: empty, with only a loopback that is down."},
    {"clone3", SPACES, "The first process of the container, born into new namespaces: it is pid 1 in there."},
    {"setns", SPACES, "The process enters a namespace that was made before."},
    {"netlink link add", NETWORK, "A veth pair: a wire with one plug in the host's bridge, the other in the container."},
    {"netlink link set", NETWORK, "An interface is brought up; until then it neither sends nor receives."},
    {"netlink fdb replace", NETWORK,
     "The bridge is told behind which port this address is, so that it need not flood to find out."},
    {"netlink addr add", NETWORK, "The container's address on its end of the wire."},
    {"netlink route add", NETWORK, "Where packets go that are not for the network it is on."},
    {"nft rule", NETWORK, "A packet rule on the host: a published port, its way through, an address put in place of another."},
    {"cgroup make", GROUP, "A group in one hierarchy, which is a directory: what the container uses is counted there."},
    {"cgroup write", GROUP, "A limit or a device rule, written to the group's file."},
    {"cgroup join", GROUP, "The process enters its groups; its children will be in them, too."},
    {"oom score", GROUP, "How readily the kernel kills it when memory is short."},
    {"mkdir", ROOT, "A directory of the layer that can be written."},
    {"mount", ROOT, "A file system is put at a place of the tree that only this container sees."},
    {"mknod", ROOT, "A device node: a name in /dev for a driver of the kernel."},
    {"symlink", ROOT, "Names that programs expect in /dev."},
    {"pivot_root", ROOT, "The new tree becomes /, and the host's goes out of sight: there is no way back to it."},
    {"sethostname", SELF, "A host name of its own, in its own UTS namespace."},
    {"sysctl", SELF, "A setting of the kernel that each namespace has for itself."},
    {"keyring", SELF, "A session keyring of its own, so that it does not see the host's keys."},
    {"user", SELF, "From here on it runs as the user that the image or --user names."},
    {"capabilities", POWER, "Powers of root that it is not to have are dropped, for good."},
    {"seccomp", POWER, "The filter of system calls: from here on each one is asked about."},
    {"exec", PROGRAM, "The program of the image takes the place of ours. Everything above stays as it is."},
};

static const char *why_of(const char *what)
{
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (str_equal(acts[i].what, what))
            return acts[i].why;
    return "";
}

static enum piece piece_of(const json_t *step)
{
    const char *what = json_str(step, "what", "");
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (str_equal(acts[i].what, what))
            return acts[i].piece;
    return ROOT;
}

void step_label(const json_t *step, char *out, size_t room)
{
    const char *object = json_str(step, "object", ""), *what = json_str(step, "what", "");
    const char *slash = strrchr(object, '/');
    if (str_equal(what, "cgroup make")) { /* "/sys/fs/cgroup/memory/slipway/<id>": the hierarchy says it all */
        const char *hierarchy = str_starts(object, "/sys/fs/cgroup/") ? object + strlen("/sys/fs/cgroup/") : object;
        snprintf(out, room, "%.*s", (int)strcspn(hierarchy, "/"), hierarchy);
    } else if (str_equal(what, "cgroup write") && slash) {
        snprintf(out, room, "%s", slash + 1);
    } else if (str_equal(what, "mount") && strlen(object) > 40) {
        snprintf(out, room, "/");
    } else {
        snprintf(out, room, "%.40s",
                 str_equal(what, "oom score")     ? "oom_score_adj"
                 : str_equal(what, "cgroup join") ? "joined"
                                                  : object);
    }
}

/* What was made of one piece up to `at`, the latest first, as much as fits; the row. */
static void draw_piece(struct area area, int y, const json_t *doc, int at, enum piece piece)
{
    int done = 0, all = 0;
    enum { LABELS = 34 };
    for (size_t i = 0; i < json_array_size(doc); i++) {
        bool of_it = piece_of(json_array_get(doc, i)) == piece;
        all += of_it;
        done += of_it && (int)i <= at;
    }
    bool current = piece_of(json_array_get(doc, (size_t)at)) == piece;
    enum style style = current ? S_CHANGED : done ? S_STRONG : S_DIM;
    put(area, y, 1, style, glyph(!all || !done ? G_RING : done < all ? G_PAUSE : G_DOT));
    put(area, y, 3, style, pieces[piece]);
    if (!all)
        put(area, y, 21, S_DIM, "  nothing to do");
    else
        putf(area, y, 21, S_DIM, "%3d of %d", done, all);
    int x = LABELS;
    char last[64] = "";
    for (int i = at; i >= 0 && x < area.w; i--) {
        const json_t *step = json_array_get(doc, (size_t)i);
        char label[64];
        if (piece_of(step) != piece)
            continue;
        step_label(step, label, sizeof label);
        if (str_equal(label, last))
            continue;
        x += put_fit(area, y, x, area.w - x, i == at ? S_CHANGED : S_TEXT, label) + 1;
        snprintf(last, sizeof last, "%s", label);
    }
}

int steps_replay(struct area area, int top, const json_t *doc, int at, const char *name)
{
    int y = -top, count = (int)json_array_size(doc);
    at = at < count ? at : count - 1;
    const json_t *step = json_array_get(doc, (size_t)at);
    char text[64];
    const char *what = json_str(step, "what", ""), *command = json_str(step, "command", "");
    step_duration(json_num(step, "duration_ns", 0), text, sizeof text);
    int x = putf(area, y, 0, S_DIM, "act %d of %d, %s: ", at + 1, count, json_str(step, "phase", ""));
    x += put(area, y, x, S_STRONG, what) + 1;
    x += put_fit(area, y, x, area.w - x - 12, S_TEXT, json_str(step, "object", ""));
    put_right(area, y++, area.w, S_DIM, text);
    draw_gauge(area, y++, 0, area.w, (double)(at + 1) / (double)count, S_ACCENT);
    if (json_num(step, "result", 0) < 0)
        putf(area, y++, 0, S_BAD, "it failed: %s", json_str(step, "error", ""));
    int shown = draw_wrapped(area, y, 0, S_CODE, command);
    y += shown > 3 ? shown : 3; /* what is below stays where it is from act to act */
    shown = draw_wrapped(area, y, 0, S_TEXT, why_of(what));
    y += (shown > 2 ? shown : 2) + 1;
    putf(area, y++, 0, S_TITLE, "%s so far", name);
    for (enum piece piece = 0; piece < PIECES; piece++)
        draw_piece(area, y++, doc, at, piece);
    return y + top;
}
