/* What each capability allows, in a few words of capabilities(7). */
#ifndef SLIPWAY_OBSERVE_CAPABILITY_MEANING_H
#define SLIPWAY_OBSERVE_CAPABILITY_MEANING_H

const char *capability_meaning(int number); /* "" for one that is not known here */

#endif
