/* Who may ask what. In a school of one (no class in the database) whoever reaches the socket may ask everything but what concerns
 * a class; in a class the roster decides, and what no row of the table names is for instructors alone. */
#ifndef SLIPWAY_QUIZZES_CLASSD_ROLES_H
#define SLIPWAY_QUIZZES_CLASSD_ROLES_H

#include "quizzes/classd/requests.h"

enum role { ROLE_NONE = 0, ROLE_STUDENT = 1, ROLE_GRADER = 2, ROLE_INSTRUCTOR = 4 };

enum role role_of(struct store *store, uid_t uid);
bool is_student(const struct request *request); /* of a class */
const char *role_name(enum role role);          /* "student" ... */
enum role role_from_name(const char *name);
bool role_may(enum role role, const char *op);

/* EACCES with who is refused, and why. `op` is one that exists. */
int role_admit(struct store *store, uid_t uid, const char *op, struct error *err);

/* Make the database of `store` that of a class, with its first instructor. EEXIST when it is one. */
int class_found(struct store *store, const char *title, uid_t instructor, struct error *err);

/* Login name of a user's number, or the number. */
void user_name(uid_t uid, char *out, size_t size);

/* The person of a user's number; made when missing. */
int person_of(struct store *store, uid_t uid, int64_t *person, struct error *err);

/* Whom the request names by "uid": a member of the class, also one that was removed; 0 for none. */
int64_t member_of(const struct request *request);

#endif
