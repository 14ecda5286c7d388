/* The Markdown of Killercoda's scenarios as that of a lab. */
#ifndef SLIPWAY_LABS_SCENARIO_TEXT_H
#define SLIPWAY_LABS_SCENARIO_TEXT_H

/* Without {{exec}} and the like behind code, and without HTML. What stands in <details> becomes one text each at the end of `hints`
 * (NULL: it stays in the text). Allocated. */
char *scenario_text(const char *text, char ***hints);

#endif
