/* The rows that decide about marks and people, chained like events: every change that this program makes to one of them leaves a
 * digest of what stood there before and of what stands there now in an event of kind "rows", so that audit.c finds any row that
 * somebody else wrote, changed or removed.
 *
 * {"rows":[["assignment","3",before,after],...]}: 32 hexadecimal digits of SHA-256, null where there was, or is, no such row.
 * The changes of a transaction are gathered in memory; store_commit has them written down. Rows of persons and members
 * hold a random number that is thrown away when somebody is erased: their digests say nothing then.
 */
#ifndef SLIPWAY_QUIZZES_CLASSD_ROWS_H
#define SLIPWAY_QUIZZES_CLASSD_ROWS_H

#include "quizzes/classd/store.h"

#define EVENT_ROWS "rows"

/* Right after the database was opened. Rows of tables that were not watched before are taken as they are. */
int rows_watch(struct store *store, struct error *err);

/* A savepoint begins; what was changed since then is undone; all of the transaction is; the database is closed. */
void rows_keep(struct store *store);
void rows_undo(struct store *store);
void rows_forget(struct store *store);
void rows_end(struct store *store);

/* Inside a transaction, before it is committed: what changed in it goes into the chain. */
int rows_write(struct store *store, struct error *err);

/* Every row against the chain: EBADMSG with the first that is not as it was written. */
int rows_verify(struct store *store, struct error *err);

/* SHA-256 over all questions of a bank's revision, keys included: in the chain since it was imported. */
int rows_content(struct store *store, int64_t rev, char out[80], struct error *err);

#endif
