/* Tables of actions, the file of keys, settings, the palette, filters and the way back: in process, from canned answers. */
#include "tui_world.h"

#include "tui/course.h"
#include "tui/finder.h"
#include "tui/frame.h"
#include "tui/hit.h"
#include "tui/keyname.h"
#include "tui/lab_layout.h"
#include "tui/list.h"
#include "tui/settings.h"

typedef void (*each_fn)(const struct screen *screen, const struct action *table);

static void each_table(each_fn each)
{
    for (size_t i = 0; all_screens[i]; i++) {
        each(all_screens[i], all_screens[i]->actions);
        for (int part = 0; part < all_screens[i]->part_count; part++)
            each(all_screens[i], all_screens[i]->parts[part].actions);
    }
    each(NULL, general_actions);
    each(NULL, motion_actions);
}

static void check_rows(const struct screen *screen, const struct action *table)
{
    const char *where = screen ? screen->name : "general";
    for (; table && table->id; table++) {
        if (!strchr(table->id, '.') || str_empty(table->help) || str_ends(table->help, "."))
            fail_msg("%s: %s has no proper name or help", where, table->id);
        if (!table->run && (!action_named(table->id) || action_named(table->id)->keys == NULL))
            fail_msg("%s: %s does nothing and is not about a motion or a general action", where, table->id);
        keycode keys[ACTION_KEYS];
        int count = action_keys(table, keys), wanted = 0;
        for (const char *at = table->keys; at && *at; at += strspn(at, " ")) {
            at += strcspn(at, " ");
            wanted++;
        }
        if (table->keys && count != wanted)
            fail_msg("%s: %s: a key of \"%s\" is none", where, table->id, table->keys);
    }
}

static void every_action_has_a_name_keys_and_help(void **state)
{
    (void)state;
    each_table(check_rows);
}

static void check_pair(const char *where, const struct action *a, const struct action *b)
{
    keycode keys[ACTION_KEYS];
    int count = action_keys(b, keys);
    for (int i = 0; i < count; i++)
        if (action_has_key(a, keys[i]) && !(a->when && b->when)) {
            char name[KEY_NAME];
            fail_msg("%s: %s and %s share %s", where, a->id, b->id, key_text(keys[i], name));
        }
}

static void check_within(const char *where, const struct action *table)
{
    for (const struct action *a = table; a && a->id; a++)
        for (const struct action *b = a + 1; b->id; b++)
            check_pair(where, a, b);
}

static void no_two_actions_of_a_screen_share_a_key(void **state)
{
    (void)state;
    check_within("general", general_actions);
    check_within("motions", motion_actions);
    for (size_t i = 0; all_screens[i]; i++) {
        const struct screen *screen = all_screens[i];
        check_within(screen->name, screen->actions);
        for (int part = 0; part < screen->part_count; part++) {
            check_within(screen->name, screen->parts[part].actions);
            for (const struct action *a = screen->parts[part].actions; a && a->id; a++)
                for (const struct action *b = screen->actions; b && b->id; b++)
                    check_pair(screen->name, a, b);
        }
    }
}

static void names_are_given_once(void **state)
{
    (void)state;
    for (size_t i = 0; all_screens[i]; i++)
        for (const struct action *a = all_screens[i]->actions; a && a->id; a++)
            if (a->run && action_named(a->id) != a)
                fail_msg("%s of %s is also another's name", a->id, all_screens[i]->name);
}

static void every_screen_says_what_it_shows(void **state)
{
    (void)state;
    for (size_t i = 0; all_screens[i]; i++) {
        const struct screen *screen = all_screens[i];
        assert_true(screen->part_count > 0);
        for (int part = 0; part < screen->part_count; part++)
            if (str_empty(screen->parts[part].about) || str_empty(screen->parts[part].man))
                fail_msg("%s, part %d: F1 has nothing to say, or names no manual", screen->name, part);
        if (str_empty(screen->about))
            fail_msg("%s has no sentence for its help", screen->name);
    }
}

static void every_key_of_a_screen_is_in_its_help(void **state)
{
    (void)state;
    world_open(60, 120);
    world_keys("4?");
    cleanup_free char *text = world_text();
    for (const struct action *action = screen_containers.actions; action->id; action++) {
        char keys[64];
        struct action alone[] = {*action, {NULL, NULL, NULL, NULL, NULL, NULL}};
        action_group(alone, true, true, keys, sizeof keys);
        cleanup_free char *first = xstrndup(action->help, 40);
        if (!strstr(text, first) || !strstr(text, keys))
            fail_msg("%s: \"%s\" or \"%s\" is missing in\n%s", action->id, keys, first, text);
    }
    world_close();
}

static void names_of_keys_are_read_back(void **state)
{
    static const struct {
        const char *name;
        keycode key;
    } rows[] = {{"s", 's'},
                {"?", '?'},
                {"Enter", K_ENTER},
                {"Ctrl-]", K_CTRL_BRACKET},
                {"Ctrl-C", 3},
                {"F6", K_F1 + 5},
                {"F12", K_F12},
                {"PgDn", K_PAGE_DOWN},
                {"Shift-Tab", K_SHIFT_TAB},
                {"Space", ' '},
                {"Alt-x", K_ALT | 'x'},
                {"Bksp", K_BACKSPACE},
                {"#", '#'}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char name[KEY_NAME];
        assert_int_equal(key_parse(rows[i].name, strlen(rows[i].name), NULL), rows[i].key);
        assert_string_equal(key_text(rows[i].key, name), rows[i].name);
    }
    char name[KEY_NAME];
    assert_string_equal(key_text(key_plain(K_ALT | K_LEFT), name), "Alt-Left");
    assert_int_equal(key_parse("alt-left", 8, NULL), key_plain(K_ALT | K_LEFT));
    static const char *const refused[] = {"Ctrl-M", "ctrl-m", "Ctrl-J", "Ctrl-I", "Ctrl-H", "Ctrl-[",
                                          "F13",    "F0",     "xx",     "Ctrl-",  ""};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_int_equal(key_parse(refused[i], strlen(refused[i]), NULL), K_NONE);
}

static void the_file_of_keys_moves_keys(void **state)
{
    char note[400];
    (void)state;
    keys_read("keys", "# mine\ncontainers.stop x F5\nmove.down n\n\n  app.help   F2 # and a remark\ncontainers.start\n", note,
              sizeof note);
    assert_string_equal(note, "");
    const struct action *stop = action_named("containers.stop");
    assert_true(action_has_key(stop, 'x') && action_has_key(stop, K_F1 + 4) && !action_has_key(stop, 't'));
    assert_int_equal(motion_of('n'), MOVE_DOWN);
    assert_int_equal(motion_of('j'), MOVE_NONE);
    assert_int_equal(motion_of('k'), MOVE_UP);
    assert_false(action_has_key(action_named("containers.start"), 's'));
    keycode keys[ACTION_KEYS];
    assert_int_equal(action_keys(action_named("app.help"), keys), 1);
    keys_read("keys", "", note, sizeof note);
    assert_true(action_has_key(stop, 't') && !action_has_key(stop, 'x'));
}

static void what_is_wrong_in_the_file_of_keys_is_named(void **state)
{
    static const struct {
        const char *text, *note;
    } rows[] = {
        {"\ncontainers.stpo x\n", "k:2: containers.stpo: there is no such action"},
        {"containers.stop F99\n", "k:1: F99: there is no such key"},
        {"containers.stop Ctrl-M\n", "k:1: Ctrl-M: Ctrl-M is Enter in a terminal"},
        {"a.b x\nc.d y\ncontainers.stop x\n", "k:1: a.b: there is no such action (and 1 more)"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char note[400];
        keys_read("k", rows[i].text, note, sizeof note);
        assert_string_equal(note, rows[i].note);
    }
    assert_true(action_has_key(action_named("containers.stop"), 'x'));
    char note[400];
    keys_read("k", "containers.stop Ctrl-M\n", note, sizeof note);
    assert_true(action_has_key(action_named("containers.stop"), 't'));
    keys_read("k", "", note, sizeof note);
}

static void keys_of_ones_own_are_shown_and_work(void **state)
{
    cleanup_free char *dir = str_format("%s/slipway", world.dir), *path = str_format("%s/keys", dir);
    (void)state;
    path_make_dirs(dir, 0755, NULL);
    static const char text[] = "containers.logs s\nnobody.home x\n";
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), 0);
    world_open(24, 80);
    cleanup_free char *home = world_text();
    assert_non_null(strstr(home, "slipway/keys:2: nobody.home: there is no such action"));
    world_keys("4");
    cleanup_free char *list = world_text();
    assert_non_null(strstr(list, "s logs"));
    world_keys("s");
    assert_string_equal(app_view(&world.app)->screen->name, "logs");
    world_close();
    unlink(path);
    world_open(24, 80);
    world_close();
}

static void settings_are_kept_and_read_again(void **state)
{
    struct error err = ERROR_INIT;
    char note[400];
    (void)state;
    settings_load(note, sizeof note);
    assert_int_equal(settings_set("theme", "contrast", &err), 0);
    assert_int_equal(settings_set("mouse", "off", &err), 0);
    assert_int_equal(settings_save(&err), 0);
    settings_load(note, sizeof note);
    assert_string_equal(note, "");
    assert_string_equal(theme_names[settings.theme], "contrast");
    assert_int_equal(settings.mouse, 0);
    setenv("SLIPWAY_THEME", "light", 1);
    settings_load(note, sizeof note);
    assert_string_equal(theme_names[settings.theme], "light");
    /* What the environment gives is not kept, but what is chosen is. */
    settings_set("clock", "on", &err);
    assert_int_equal(settings_save(&err), 0);
    cleanup_free char *file = settings_path("settings"), *text = file_read(file, NULL, NULL);
    assert_non_null(strstr(text, "theme contrast\n"));
    assert_non_null(strstr(text, "clock on\n"));
    setenv("SLIPWAY_THEME", "pink", 1);
    settings_load(note, sizeof note);
    assert_non_null(strstr(note, "$SLIPWAY_THEME: theme cannot be \"pink\"; it is one of auto, dark,"));
    unsetenv("SLIPWAY_THEME");
    settings_read("s", "theme dark\ncolour red\n", note, sizeof note);
    assert_string_equal(note, "s:2: there is no setting \"colour\"");
    assert_string_equal(theme_names[settings.theme], "dark");
    cleanup_free char *path = settings_path("settings");
    unlink(path);
    settings_load(note, sizeof note);
    settings_apply();
}

/* The colours that one word on the screen has. */
static void colours_at(const char *word, short *foreground, short *background)
{
    for (int y = 0; y < LINES; y++) {
        wchar_t line[256] = L"", wanted[64];
        mbstowcs(wanted, word, 64);
        mvinnwstr(y, 0, line, 255);
        wchar_t *found = wcsstr(line, wanted);
        if (!found)
            continue;
        cchar_t cell;
        wchar_t signs[CCHARW_MAX + 1];
        attr_t attrs;
        short few;
        int pair = 0, fg, bg;
        mvin_wch(y, (int)(found - line), &cell);
        getcchar(&cell, signs, &attrs, &few, &pair);
        extended_pair_content(pair, &fg, &bg);
        *foreground = (short)fg;
        *background = (short)bg;
        return;
    }
    fail_msg("%s is not on the screen", word);
}

static void themes_have_a_ground_and_mono_has_none(void **state)
{
    static const struct {
        const char *name;
        short foreground, background;
    } rows[] = {{"auto", 32, -1}, {"dark", 111, 234}, {"light", 25, 255}, {"contrast", 226, 16}, {"mono", -1, -1}};
    struct error err = ERROR_INIT;
    (void)state;
    world_open(24, 80);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        short fg = 0, bg = 0;
        settings_set("theme", rows[i].name, &err);
        settings_apply();
        app_draw(&world.app);
        if (str_equal(rows[i].name, "mono")) {
            assert_false(palette_colours());
            continue;
        }
        colours_at("Slipway", &fg, &bg);
        assert_int_equal(fg, rows[i].foreground);
        assert_int_equal(bg, rows[i].background);
    }
    settings_set("theme", "auto", &err);
    settings_apply();
    world_close();
}

static void letters_find_what_has_them_in_order(void **state)
{
    (void)state;
    assert_int_equal(finder_score("containers.stop: stop it", "xyz"), 0);
    assert_true(finder_score("containers.stop: stop it", "stop") > 0);
    assert_true(finder_score("A wire", "awire") > 0);
    assert_true(finder_score("Two namespaces and a wire", "wire") > finder_score("swim around there", "wire"));
    assert_true(finder_score("lab: Volumes", "vol") > finder_score("overwhelmed by all", "vol"));
}

static void the_palette_finds_and_does(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys(":");
    cleanup_free char *all = world_text();
    assert_non_null(strstr(all, "Find and do"));
    world_keys("short less\n");
    assert_string_equal(app_view(&world.app)->screen->name, "reader");
    world_keys("4:cont.logs");
    cleanup_free char *found = world_text();
    assert_non_null(strstr(found, "containers.logs"));
    world_keys("\n");
    assert_string_equal(app_view(&world.app)->screen->name, "logs");
    world_keys(":cache redis\n");
    assert_string_equal(app_view(&world.app)->screen->name, "xray");
    world_keys(":nosuchthing\n");
    cleanup_free char *nothing = world_text();
    assert_non_null(strstr(nothing, "nothing here is called"));
    world_keys(":theme lilac\n");
    cleanup_free char *refused = world_text();
    assert_non_null(strstr(refused, "theme cannot be \"lilac\""));
    world_keys(":\020"); /* Ctrl-P: the line before */
    cleanup_free char *before = world_text();
    assert_non_null(strstr(before, ": theme lilac"));
    world_keys("\033");
    assert_int_equal(world.app.over, OVER_NONE);
    world_close();
}

static void enter_waits_for_lessons_that_are_still_being_read(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    resizeterm(24, 80);
    assert_int_equal(app_open(&world.app, world.host, &err), 0);
    world_hit(":short less\n");
    assert_int_equal(world.app.over, OVER_FINDER);
    assert_true(world_shows("being read"));
    settle();
    assert_string_equal(app_view(&world.app)->screen->name, "reader");
    world_close();
}

static void who_leaves_while_lessons_are_being_read_just_leaves(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    resizeterm(24, 80);
    assert_int_equal(app_open(&world.app, world.host, &err), 0);
    app_key(&world.app, 'q');
    world_close();
}

static void every_list_can_be_filtered(void **state)
{
    static const struct {
        const char *keys, *shown, *hidden;
    } rows[] = {
        {"4/redis", "cache", "postgres"},
        {"4/CACHE re", "redis:7", "postgres"},
        {"2/nothing", "nothing matches", "A short lesson "},
        {"3/wire", "A wire", NULL},
        {"5/kernel", "from the kernel", NULL},
        {"5/zzz", NULL, "from the kernel"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        world_open(24, 80);
        world_keys(rows[i].keys);
        cleanup_free char *text = world_text();
        /* The history below has the bank's name too. */
        char *history = strstr(text, "History");
        if (history)
            *history = 0;
        if ((rows[i].shown && !strstr(text, rows[i].shown)) || (rows[i].hidden && strstr(text, rows[i].hidden)))
            fail_msg("%s shows\n%s", rows[i].keys, text);
        world_keys("\033");
        cleanup_free char *again = world_text();
        assert_null(strstr(again, "nothing matches"));
        world_close();
    }
}

static void a_filter_takes_letters_and_not_actions(void **state)
{
    (void)state;
    world_open(24, 80);
    world.posts[0] = 0;
    world_keys("4/stq?1");
    assert_string_equal(world.posts, "");
    assert_string_equal(app_view(&world.app)->screen->name, "containers");
    assert_false(world.app.quit);
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "/stq?1"));
    world_close();
}

static void a_paste_goes_where_something_is_written_and_nowhere_else(void **state)
{
    (void)state;
    world_open(24, 80);
    world.posts[0] = 0;
    world_keys("4");
    app_key(&world.app, K_PASTE);
    world_keys("tDy5q\n");
    app_key(&world.app, K_PASTE_END);
    assert_string_equal(world.posts, "");
    assert_string_equal(app_view(&world.app)->screen->name, "containers");
    world_keys(":");
    app_key(&world.app, K_PASTE);
    world_keys("set theme\n\033dark");
    app_key(&world.app, K_PASTE_END);
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, ": set themedark_"));
    world_keys("\033/");
    app_key(&world.app, K_PASTE);
    world_keys("redis\n");
    app_key(&world.app, K_PASTE_END);
    cleanup_free char *filter = world_text();
    assert_non_null(strstr(filter, "/redis_"));
    world_close();
}

static void a_line_is_written_with_the_usual_keys(void **state)
{
    struct edit edit = {0};
    (void)state;
    for (const char *at = "one two"; *at; at++)
        edit_key(&edit, (keycode)*at);
    edit_key(&edit, 23); /* Ctrl-W */
    assert_string_equal(edit.text, "one ");
    edit_key(&edit, K_HOME);
    edit_key(&edit, 0xe9);
    assert_string_equal(edit.text, "\303\251one ");
    edit_key(&edit, K_RIGHT);
    edit_key(&edit, K_BACKSPACE);
    assert_string_equal(edit.text, "\303\251ne ");
    edit_key(&edit, K_LEFT);
    edit_key(&edit, K_DELETE);
    assert_string_equal(edit.text, "ne ");
    assert_false(edit_key(&edit, K_ENTER));
    edit_key(&edit, 5);
    edit_key(&edit, 21);
    assert_string_equal(edit.text, "");
    for (int i = 0; i < 2 * EDIT_MAX; i++)
        edit_key(&edit, 0x20ac);
    assert_true(strlen(edit.text) < EDIT_MAX && strlen(edit.text) % 3 == 0);
}

static void the_way_back_leads_to_what_was_seen(void **state)
{
    struct app *app = &world.app;
    (void)state;
    world_open(24, 80);
    world_keys("4\n\t5");
    app_key(app, K_BACKSPACE);
    assert_string_equal(app_view(app)->screen->name, "xray");
    app_key(app, K_ALT | K_LEFT);
    assert_string_equal(app_view(app)->screen->name, "containers");
    app_key(app, K_ALT | K_LEFT);
    assert_int_equal(app->tab, TAB_HOME);
    app_key(app, K_ALT | K_RIGHT);
    app_key(app, K_ALT | K_RIGHT);
    assert_string_equal(app_view(app)->screen->name, "xray");
    settle();
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "Namespaces: what it sees")); /* as it was left */
    app_key(app, K_ALT | K_RIGHT);
    assert_int_equal(app->tab, TAB_EXAM);
    app_key(app, K_ALT | K_RIGHT);
    assert_int_equal(app->tab, TAB_EXAM);
    world_close();
}

static void what_no_way_leads_to_is_closed(void **state)
{
    (void)state;
    world_open(24, 80);
    for (int i = 0; i < 100; i++) {
        world_keys("4\n");
        app_key(&world.app, K_ESC);
        app_key(&world.app, '5');
    }
    assert_true(world.app.trail.parked_count <= PARKED_MAX);
    assert_true(world.app.trail.count <= TRAIL_MAX);
    world_close();
}

static void f1_says_what_is_on_show(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\n\t\t");
    app_key(&world.app, K_F1);
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "What am I looking at: Cgroup"));
    assert_non_null(strstr(text, "man 7 cgroups"));
    app_key(&world.app, 'x');
    assert_int_equal(world.app.over, OVER_NONE);
    world_close();
}

static void a_setting_changes_at_once_and_is_kept(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys(",");
    assert_string_equal(app_view(&world.app)->screen->name, "settings");
    world_keys("jj\n");
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "+-"));
    assert_false(glyph_utf8());
    cleanup_free char *path = settings_path("settings"), *kept = file_read(path, NULL, NULL);
    assert_non_null(strstr(kept, "ascii on\n"));
    world_keys("\n");
    assert_true(glyph_utf8());
    unlink(path);
    world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_has_a_name_keys_and_help),
        cmocka_unit_test(no_two_actions_of_a_screen_share_a_key),
        cmocka_unit_test(names_are_given_once),
        cmocka_unit_test(every_screen_says_what_it_shows),
        cmocka_unit_test(every_key_of_a_screen_is_in_its_help),
        cmocka_unit_test(names_of_keys_are_read_back),
        cmocka_unit_test(the_file_of_keys_moves_keys),
        cmocka_unit_test(what_is_wrong_in_the_file_of_keys_is_named),
        cmocka_unit_test(keys_of_ones_own_are_shown_and_work),
        cmocka_unit_test(settings_are_kept_and_read_again),
        cmocka_unit_test(themes_have_a_ground_and_mono_has_none),
        cmocka_unit_test(letters_find_what_has_them_in_order),
        cmocka_unit_test(the_palette_finds_and_does),
        cmocka_unit_test(enter_waits_for_lessons_that_are_still_being_read),
        cmocka_unit_test(who_leaves_while_lessons_are_being_read_just_leaves),
        cmocka_unit_test(every_list_can_be_filtered),
        cmocka_unit_test(a_filter_takes_letters_and_not_actions),
        cmocka_unit_test(a_paste_goes_where_something_is_written_and_nowhere_else),
        cmocka_unit_test(a_line_is_written_with_the_usual_keys),
        cmocka_unit_test(the_way_back_leads_to_what_was_seen),
        cmocka_unit_test(what_no_way_leads_to_is_closed),
        cmocka_unit_test(f1_says_what_is_on_show),
        cmocka_unit_test(a_setting_changes_at_once_and_is_kept),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
