/* slipway-archive: packs, unpacks and loads archives for the daemon, which starts it under the name of one of these tasks; each
 * takes over before main, in a constructor of its own file. */
#include "image/archive_job.h"
#include "image/load.h"
#include "image/unpack.h"

#include <stdio.h>

/* So that the files with the constructors become part of the program. */
__attribute__((used)) static const void *const tasks[] = {archive_process_name, load_process_name, unpack_confined};

int main(void)
{
    fprintf(stderr, "slipway-archive is started by slipwayd (%zu tasks), not by people\n", sizeof tasks / sizeof *tasks);
    return 125;
}
