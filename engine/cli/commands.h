/* The functions behind the rows of commands.c. */
#ifndef SLIPWAY_CLI_COMMANDS_H
#define SLIPWAY_CLI_COMMANDS_H

#include "base/command.h"

#define CLI_COMMAND(name) int cmd_##name(const struct command_context *context, int argc, char **argv)

CLI_COMMAND(attach);
CLI_COMMAND(build);
CLI_COMMAND(builder_prune);
CLI_COMMAND(commit);
CLI_COMMAND(completion);
CLI_COMMAND(container_prune);
CLI_COMMAND(context_inspect);
CLI_COMMAND(context_ls);
CLI_COMMAND(context_show);
CLI_COMMAND(context_use);
CLI_COMMAND(cp);
CLI_COMMAND(create);
CLI_COMMAND(diff);
CLI_COMMAND(events);
CLI_COMMAND(exec);
CLI_COMMAND(export);
CLI_COMMAND(history);
CLI_COMMAND(image_prune);
CLI_COMMAND(images);
CLI_COMMAND(import);
CLI_COMMAND(info);
CLI_COMMAND(inspect);
CLI_COMMAND(inspect_container);
CLI_COMMAND(inspect_image);
CLI_COMMAND(inspect_network);
CLI_COMMAND(inspect_plugin);
CLI_COMMAND(inspect_volume);
CLI_COMMAND(kill);
CLI_COMMAND(load);
CLI_COMMAND(login);
CLI_COMMAND(logout);
CLI_COMMAND(logs);
CLI_COMMAND(manifest_inspect);
CLI_COMMAND(network_connect);
CLI_COMMAND(network_create);
CLI_COMMAND(network_disconnect);
CLI_COMMAND(network_ls);
CLI_COMMAND(network_netns);
CLI_COMMAND(network_prune);
CLI_COMMAND(network_rm);
CLI_COMMAND(pause);
CLI_COMMAND(plugin_disable);
CLI_COMMAND(plugin_enable);
CLI_COMMAND(plugin_install);
CLI_COMMAND(plugin_ls);
CLI_COMMAND(plugin_rm);
CLI_COMMAND(port);
CLI_COMMAND(ps);
CLI_COMMAND(pull);
CLI_COMMAND(push);
CLI_COMMAND(rename);
CLI_COMMAND(restart);
CLI_COMMAND(rm);
CLI_COMMAND(rmi);
CLI_COMMAND(run);
CLI_COMMAND(save);
CLI_COMMAND(search);
CLI_COMMAND(start);
CLI_COMMAND(stats);
CLI_COMMAND(stop);
CLI_COMMAND(system_check);
CLI_COMMAND(system_df);
CLI_COMMAND(system_prune);
CLI_COMMAND(tag);
CLI_COMMAND(top);
CLI_COMMAND(trace_packet);
CLI_COMMAND(unpause);
CLI_COMMAND(update);
CLI_COMMAND(version);
CLI_COMMAND(volume_create);
CLI_COMMAND(volume_ls);
CLI_COMMAND(volume_prune);
CLI_COMMAND(volume_rm);
CLI_COMMAND(wait);
CLI_COMMAND(xray);

#endif
