/* What `events`, `info` and `version` show, as Go types: fields in their order, with their names in Go and in JSON. Source: the API
 * description; order and Go names as Docker prints them for `--format '{{.}}'`. */
#include "cli/go_schema.h"

MAP(string_map, go_string, "string");
LIST(string_lists, go_strings, "[2]string");

/* events */
static const struct go_field actor_fields[] = {TEXT(ID), PAIRS(Attributes), END};
STRUCT(actor, "events.Actor");
static const struct go_type event_type = {GO_STRING, "events.Type", NULL, NULL, NULL};
static const struct go_type event_action = {GO_STRING, "events.Action", NULL, NULL, NULL};
static const struct go_field message_fields[] = {{"Status", "status", &go_string},  {"ID", "id", &go_string},
                                                 {"From", "from", &go_string},      SAME(Type, event_type),
                                                 SAME(Action, event_action),        SAME(Actor, actor),
                                                 {"Scope", "scope", &go_string},    {"Time", "time", &go_int},
                                                 {"TimeNano", "timeNano", &go_int}, END};
STRUCT(message, "events.Message");
const struct go_type go_event = {GO_POINTER, "*events.Message", &message, NULL, NULL};

/* version */
static const struct go_field platform_fields[] = {TEXT(Name), END};
STRUCT(platform, "struct { Name string }");
POINTER(platform_pointer, platform, "system.platformInfo");
static const struct go_field component_fields[] = {TEXT(Name), TEXT(Version), PAIRS(Details), END};
STRUCT(component, "types.ComponentVersion");
LIST(components, component, "types.ComponentVersion");
static const struct go_field server_fields[] = {SAME(Platform, platform),
                                                SAME(Components, components),
                                                TEXT(Version),
                                                {"APIVersion", "ApiVersion", &go_string},
                                                TEXT(MinAPIVersion),
                                                TEXT(GitCommit),
                                                TEXT(GoVersion),
                                                TEXT(Os),
                                                TEXT(Arch),
                                                TEXT(KernelVersion),
                                                TRUTH(Experimental),
                                                TEXT(BuildTime),
                                                END};
STRUCT(server, "types.Version");
POINTER(server_pointer, server, "types.Version");
static const struct go_field client_fields[] = {SAME(Platform, platform_pointer),
                                                TEXT(Version),
                                                {"APIVersion", "ApiVersion", &go_string},
                                                TEXT(DefaultAPIVersion),
                                                TEXT(GitCommit),
                                                TEXT(GoVersion),
                                                TEXT(Os),
                                                TEXT(Arch),
                                                TEXT(BuildTime),
                                                TEXT(Context),
                                                END};
STRUCT(client, "system.clientVersion");
static const struct go_field version_fields[] = {SAME(Client, client), SAME(Server, server_pointer), END};
const struct go_type go_version = {GO_STRUCT, "system.versionInfo", NULL, version_fields, NULL};

/* info */
static const struct go_field plugins_fields[] = {TEXTS(Volume), TEXTS(Network), TEXTS(Authorization), TEXTS(Log), END};
STRUCT(plugins, "system.PluginsInfo");
static const struct go_field registry_index_fields[] = {TEXT(Name), TEXTS(Mirrors), TRUTH(Secure), TRUTH(Official), END};
STRUCT(registry_index, "registry.IndexInfo");
POINTER(index_pointer, registry_index, "registry.IndexInfo");
MAP(indexes, index_pointer, "*registry.IndexInfo");
static const struct go_field registry_fields[] = {TEXTS(AllowNondistributableArtifactsCIDRs),
                                                  TEXTS(AllowNondistributableArtifactsHostnames),
                                                  TEXTS(InsecureRegistryCIDRs),
                                                  SAME(IndexConfigs, indexes),
                                                  TEXTS(Mirrors),
                                                  END};
STRUCT(registry, "registry.ServiceConfig");
POINTER(registry_pointer, registry, "registry.ServiceConfig");
MAP(options_map, go_any, "interface {}");
static const struct go_field runtime_fields[] = {{"Path", "path", &go_string},
                                                 {"Args", "runtimeArgs", &go_strings},
                                                 {"Type", "runtimeType", &go_string},
                                                 {"Options", "options", &options_map},
                                                 END};
STRUCT(runtime, "system.Runtime");
static const struct go_field runtime_status_fields[] = {{"Runtime", NULL, &runtime}, {"Status", "status", &string_map}, END};
STRUCT(runtime_status, "system.RuntimeWithStatus");
MAP(runtimes, runtime_status, "system.RuntimeWithStatus");
static const struct go_field peer_fields[] = {TEXT(NodeID), TEXT(Addr), END};
STRUCT(peer, "swarm.Peer");
LIST(peers, peer, "swarm.Peer");
POINTER(cluster_pointer, go_any, "swarm.ClusterInfo");
static const struct go_field swarm_fields[] = {TEXT(NodeID),
                                               TEXT(NodeAddr),
                                               TEXT(LocalNodeState),
                                               TRUTH(ControlAvailable),
                                               TEXT(Error),
                                               SAME(RemoteManagers, peers),
                                               WHOLE(Nodes),
                                               WHOLE(Managers),
                                               SAME(Cluster, cluster_pointer),
                                               TEXTS(Warnings),
                                               END};
STRUCT(swarm, "swarm.Info");
static const struct go_field commit_fields[] = {TEXT(ID), TEXT(Expected), END};
STRUCT(commit, "system.Commit");
static const struct go_field pool_fields[] = {TEXT(Base), WHOLE(Size), END};
STRUCT(pool, "system.NetworkAddressPool");
LIST(pools, pool, "system.NetworkAddressPool");
POINTER(firewall_pointer, go_any, "system.FirewallInfo");
POINTER(containerd_pointer, go_any, "system.ContainerdInfo");
static const struct go_field info_fields[] = {TEXT(ID),
                                              WHOLE(Containers),
                                              WHOLE(ContainersRunning),
                                              WHOLE(ContainersPaused),
                                              WHOLE(ContainersStopped),
                                              WHOLE(Images),
                                              TEXT(Driver),
                                              SAME(DriverStatus, string_lists),
                                              SAME(SystemStatus, string_lists),
                                              SAME(Plugins, plugins),
                                              TRUTH(MemoryLimit),
                                              TRUTH(SwapLimit),
                                              TRUTH(KernelMemory),
                                              TRUTH(KernelMemoryTCP),
                                              {"CPUCfsPeriod", "CpuCfsPeriod", &go_bool},
                                              {"CPUCfsQuota", "CpuCfsQuota", &go_bool},
                                              TRUTH(CPUShares),
                                              TRUTH(CPUSet),
                                              TRUTH(PidsLimit),
                                              TRUTH(IPv4Forwarding),
                                              TRUTH(BridgeNfIptables),
                                              {"BridgeNfIP6tables", "BridgeNfIp6tables", &go_bool},
                                              TRUTH(Debug),
                                              WHOLE(NFd),
                                              TRUTH(OomKillDisable),
                                              WHOLE(NGoroutines),
                                              TEXT(SystemTime),
                                              TEXT(LoggingDriver),
                                              TEXT(CgroupDriver),
                                              TEXT(CgroupVersion),
                                              WHOLE(NEventsListener),
                                              TEXT(KernelVersion),
                                              TEXT(OperatingSystem),
                                              TEXT(OSVersion),
                                              TEXT(OSType),
                                              TEXT(Architecture),
                                              TEXT(IndexServerAddress),
                                              SAME(RegistryConfig, registry_pointer),
                                              WHOLE(NCPU),
                                              WHOLE(MemTotal),
                                              SAME(GenericResources, go_values),
                                              TEXT(DockerRootDir),
                                              {"HTTPProxy", "HttpProxy", &go_string},
                                              {"HTTPSProxy", "HttpsProxy", &go_string},
                                              TEXT(NoProxy),
                                              TEXT(Name),
                                              TEXTS(Labels),
                                              TRUTH(ExperimentalBuild),
                                              TEXT(ServerVersion),
                                              SAME(Runtimes, runtimes),
                                              TEXT(DefaultRuntime),
                                              SAME(Swarm, swarm),
                                              TRUTH(LiveRestoreEnabled),
                                              TEXT(Isolation),
                                              TEXT(InitBinary),
                                              SAME(ContainerdCommit, commit),
                                              SAME(RuncCommit, commit),
                                              SAME(InitCommit, commit),
                                              TEXTS(SecurityOptions),
                                              TEXT(ProductLicense),
                                              SAME(DefaultAddressPools, pools),
                                              SAME(FirewallBackend, firewall_pointer),
                                              SAME(DiscoveredDevices, go_values),
                                              TEXTS(CDISpecDirs),
                                              SAME(Containerd, containerd_pointer),
                                              TEXTS(Warnings),
                                              END};
STRUCT(info, "system.Info");
static const struct go_field client_info_fields[] = {
    TRUTH(Debug), {"clientVersion", NULL, &client}, SAME(Plugins, go_values), TEXTS(Warnings), END};
STRUCT(client_info, "system.clientInfo");
POINTER(client_info_pointer, client_info, "system.clientInfo");
static const struct go_field docker_info_fields[] = {
    {"Info", NULL, &info}, TEXTS(ServerErrors), TEXT(UserName), SAME(ClientInfo, client_info_pointer), TEXTS(ClientErrors), END};
const struct go_type go_info = {GO_STRUCT, "system.dockerInfo", NULL, docker_info_fields, NULL};
