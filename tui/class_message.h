/* Writing to a student or to all, giving one more time, and what is kept of one: the same boxes on each of the class's screens. */
#ifndef SLIPWAY_TUI_CLASS_MESSAGE_H
#define SLIPWAY_TUI_CLASS_MESSAGE_H

#include "tui/class_room.h"

/* `student` has "uid" and "name" (borrowed for the call); NULL: to all. */
void class_message_write(struct app *app, struct class_room *room, const json_t *student);

/* `work` has "assignment" and "title"; `user` may be "". */
void class_extend_write(struct class_room *room, const json_t *work, const char *user);

/* `member` has "user"; NULL: whoever is named. */
void class_kept_write(struct class_room *room, const json_t *member);
void class_erase_write(struct class_room *room, const json_t *member);

#endif
