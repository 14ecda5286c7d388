/* No more than one frame is ever on its way to the terminal.
 *
 * What is written to a pseudoterminal or into an ssh connection counts as sent long before it is seen: on a line of 9600 baud ten
 * kilobytes of old pictures would go before the answer to a key. So the terminal is asked after each frame to say something (DSR 5,
 * "are you well?", ECMA-48 8.3.35), and the next frame waits for its answer, which comes when the frame has. What happened
 * meanwhile is one frame then: frames are dropped, never queued. A terminal that does not answer is not waited for.
 */
#ifndef SLIPWAY_TUI_PACE_H
#define SLIPWAY_TUI_PACE_H

#include <stdint.h>

void pace_forbid(void); /* for good: as where what is written is also recorded, and would be answered when it is played */
void pace_open(void);   /* with a terminal on standard output: asks it, so as to know whether it answers */

void pace_frame(void);             /* a frame has been written */
void pace_answer(void);            /* the answer has been read */
int64_t pace_left(int64_t now_ns); /* how long the next frame must wait at the most, in nanoseconds; 0: it need not */

/* Wait a moment for what is still to be answered: it would be read by whoever has the terminal next. */
void pace_close(void);

#endif
