/* What this client says about itself. */
#ifndef SLIPWAY_CLI_VERSION_H
#define SLIPWAY_CLI_VERSION_H

#define CLI_VERSION     "0.1.0"
#define CLI_API_VERSION "1.43"
#define CLI_BUILT       __DATE__ " " __TIME__

const char *cli_architecture(void); /* "amd64" */

#endif
