/* The documents of `inspect` as the Engine API's Go types have them: fields in their order, with their names in Go and in JSON.
 * Source: the API description; order and Go names as `docker inspect -f '{{.Config}}'` shows them. */
#include "cli/go_schema.h"

static const struct go_field nothing_fields[] = {END};
STRUCT(nothing, "struct {}");
MAP(string_map, go_string, "string");
MAP(any_map, go_any, "interface {}");
MAP(set, nothing, "struct {}");
static const struct go_type port_set = {GO_MAP, "nat.PortSet", &nothing, NULL, "nat.Port"};
POINTER(int_pointer, go_int, "int64");
POINTER(bool_pointer, go_bool, "bool");
static const struct go_type time_type = {GO_TIME, "time.Time", NULL, NULL, NULL};
LIST(int_list, go_int, "uint");

/* Health */
static const struct go_field probe_fields[] = {SAME(Start, time_type), SAME(End, time_type), WHOLE(ExitCode), TEXT(Output), END};
STRUCT(probe, "container.HealthcheckResult");
POINTER(probe_pointer, probe, "container.HealthcheckResult");
LIST(probes, probe_pointer, "*container.HealthcheckResult");
static const struct go_field health_fields[] = {TEXT(Status), WHOLE(FailingStreak), SAME(Log, probes), END};
STRUCT(health, "container.Health");
POINTER(health_pointer, health, "container.Health");
static const struct go_field check_fields[] = {
    TEXTS(Test), WHOLE(Interval), WHOLE(Timeout), WHOLE(StartPeriod), WHOLE(StartInterval), WHOLE(Retries), END};
STRUCT(check, "v1.HealthcheckConfig");
POINTER(check_pointer, check, "v1.HealthcheckConfig");

static const struct go_field state_fields[] = {
    TEXT(Status), TRUTH(Running),  TRUTH(Paused), TRUTH(Restarting), TRUTH(OOMKilled), TRUTH(Dead),
    WHOLE(Pid),   WHOLE(ExitCode), TEXT(Error),   TEXT(StartedAt),   TEXT(FinishedAt), SAME(Health, health_pointer),
    END};
STRUCT(state, "container.State");
POINTER(state_pointer, state, "container.State");

/* Config */
static const struct go_field config_fields[] = {TEXT(Hostname),
                                                TEXT(Domainname),
                                                TEXT(User),
                                                TRUTH(AttachStdin),
                                                TRUTH(AttachStdout),
                                                TRUTH(AttachStderr),
                                                SAME(ExposedPorts, port_set),
                                                TRUTH(Tty),
                                                TRUTH(OpenStdin),
                                                TRUTH(StdinOnce),
                                                TEXTS(Env),
                                                TEXTS(Cmd),
                                                SAME(Healthcheck, check_pointer),
                                                TRUTH(ArgsEscaped),
                                                TEXT(Image),
                                                SAME(Volumes, set),
                                                TEXT(WorkingDir),
                                                TEXTS(Entrypoint),
                                                TRUTH(NetworkDisabled),
                                                TEXT(MacAddress),
                                                TEXTS(OnBuild),
                                                PAIRS(Labels),
                                                TEXT(StopSignal),
                                                SAME(StopTimeout, int_pointer),
                                                TEXTS(Shell),
                                                END};
STRUCT(config, "container.Config");
POINTER(config_pointer, config, "container.Config");

/* HostConfig */
static const struct go_field binding_fields[] = {{"HostIP", "HostIp", &go_string}, TEXT(HostPort), END};
STRUCT(binding, "nat.PortBinding");
LIST(bindings, binding, "nat.PortBinding");
static const struct go_type port_map = {GO_MAP, "nat.PortMap", &bindings, NULL, "nat.Port"};
static const struct go_field log_config_fields[] = {TEXT(Type), PAIRS(Config), END};
STRUCT(log_config, "container.LogConfig");
static const struct go_field restart_fields[] = {TEXT(Name), WHOLE(MaximumRetryCount), END};
STRUCT(restart, "container.RestartPolicy");
static const struct go_field weight_fields[] = {TEXT(Path), WHOLE(Weight), END};
STRUCT(weight, "blkiodev.WeightDevice");
POINTER(weight_pointer, weight, "blkiodev.WeightDevice");
LIST(weights, weight_pointer, "*blkiodev.WeightDevice");
static const struct go_field throttle_fields[] = {TEXT(Path), WHOLE(Rate), END};
STRUCT(throttle, "blkiodev.ThrottleDevice");
POINTER(throttle_pointer, throttle, "blkiodev.ThrottleDevice");
LIST(throttles, throttle_pointer, "*blkiodev.ThrottleDevice");
static const struct go_field device_fields[] = {TEXT(PathOnHost), TEXT(PathInContainer), TEXT(CgroupPermissions), END};
STRUCT(device, "container.DeviceMapping");
LIST(devices, device, "container.DeviceMapping");
LIST(string_lists, go_strings, "[]string");
static const struct go_field request_fields[] = {TEXT(Driver),   WHOLE(Count), TEXTS(DeviceIDs), SAME(Capabilities, string_lists),
                                                 PAIRS(Options), END};
STRUCT(request, "container.DeviceRequest");
LIST(requests, request, "container.DeviceRequest");
static const struct go_field ulimit_fields[] = {TEXT(Name), WHOLE(Hard), WHOLE(Soft), END};
STRUCT(ulimit, "units.Ulimit");
POINTER(ulimit_pointer, ulimit, "units.Ulimit");
LIST(ulimits, ulimit_pointer, "*units.Ulimit");
static const struct go_field resources_fields[] = {{"CPUShares", "CpuShares", &go_int},
                                                   WHOLE(Memory),
                                                   {"NanoCPUs", "NanoCpus", &go_int},
                                                   TEXT(CgroupParent),
                                                   WHOLE(BlkioWeight),
                                                   SAME(BlkioWeightDevice, weights),
                                                   SAME(BlkioDeviceReadBps, throttles),
                                                   SAME(BlkioDeviceWriteBps, throttles),
                                                   SAME(BlkioDeviceReadIOps, throttles),
                                                   SAME(BlkioDeviceWriteIOps, throttles),
                                                   {"CPUPeriod", "CpuPeriod", &go_int},
                                                   {"CPUQuota", "CpuQuota", &go_int},
                                                   {"CPURealtimePeriod", "CpuRealtimePeriod", &go_int},
                                                   {"CPURealtimeRuntime", "CpuRealtimeRuntime", &go_int},
                                                   TEXT(CpusetCpus),
                                                   TEXT(CpusetMems),
                                                   SAME(Devices, devices),
                                                   TEXTS(DeviceCgroupRules),
                                                   SAME(DeviceRequests, requests),
                                                   WHOLE(KernelMemory),
                                                   WHOLE(KernelMemoryTCP),
                                                   WHOLE(MemoryReservation),
                                                   WHOLE(MemorySwap),
                                                   SAME(MemorySwappiness, int_pointer),
                                                   SAME(OomKillDisable, bool_pointer),
                                                   SAME(PidsLimit, int_pointer),
                                                   SAME(Ulimits, ulimits),
                                                   {"CPUCount", "CpuCount", &go_int},
                                                   {"CPUPercent", "CpuPercent", &go_int},
                                                   WHOLE(IOMaximumIOps),
                                                   WHOLE(IOMaximumBandwidth),
                                                   END};
STRUCT(resources, "container.Resources");
static const struct go_field mount_fields[] = {TEXT(Type),
                                               TEXT(Source),
                                               TEXT(Target),
                                               TRUTH(ReadOnly),
                                               TEXT(Consistency),
                                               SAME(BindOptions, any_map),
                                               SAME(VolumeOptions, any_map),
                                               SAME(ImageOptions, any_map),
                                               SAME(TmpfsOptions, any_map),
                                               SAME(ClusterOptions, any_map),
                                               END};
STRUCT(mount, "mount.Mount");
LIST(mounts, mount, "mount.Mount");
static const struct go_field host_fields[] = {TEXTS(Binds),
                                              TEXT(ContainerIDFile),
                                              SAME(LogConfig, log_config),
                                              TEXT(NetworkMode),
                                              SAME(PortBindings, port_map),
                                              SAME(RestartPolicy, restart),
                                              TRUTH(AutoRemove),
                                              TEXT(VolumeDriver),
                                              TEXTS(VolumesFrom),
                                              SAME(ConsoleSize, int_list),
                                              PAIRS(Annotations),
                                              TEXTS(CapAdd),
                                              TEXTS(CapDrop),
                                              TEXT(CgroupnsMode),
                                              {"DNS", "Dns", &go_strings},
                                              {"DNSOptions", "DnsOptions", &go_strings},
                                              {"DNSSearch", "DnsSearch", &go_strings},
                                              TEXTS(ExtraHosts),
                                              TEXTS(GroupAdd),
                                              TEXT(IpcMode),
                                              TEXT(Cgroup),
                                              TEXTS(Links),
                                              WHOLE(OomScoreAdj),
                                              TEXT(PidMode),
                                              TRUTH(Privileged),
                                              TRUTH(PublishAllPorts),
                                              TRUTH(ReadonlyRootfs),
                                              TEXTS(SecurityOpt),
                                              PAIRS(StorageOpt),
                                              PAIRS(Tmpfs),
                                              TEXT(UTSMode),
                                              TEXT(UsernsMode),
                                              WHOLE(ShmSize),
                                              PAIRS(Sysctls),
                                              TEXT(Runtime),
                                              TEXT(Isolation),
                                              {"Resources", NULL, &resources},
                                              SAME(Mounts, mounts),
                                              TEXTS(MaskedPaths),
                                              TEXTS(ReadonlyPaths),
                                              SAME(Init, bool_pointer),
                                              END};
STRUCT(host, "container.HostConfig");
POINTER(host_pointer, host, "container.HostConfig");

/* Networks of a container */
static const struct go_field address_fields[] = {TEXT(Addr), WHOLE(PrefixLen), END};
STRUCT(address, "network.Address");
LIST(addresses, address, "network.Address");
static const struct go_field endpoint_ipam_fields[] = {TEXT(IPv4Address), TEXT(IPv6Address), TEXTS(LinkLocalIPs), END};
STRUCT(endpoint_ipam, "network.EndpointIPAMConfig");
POINTER(endpoint_ipam_pointer, endpoint_ipam, "network.EndpointIPAMConfig");
static const struct go_field endpoint_fields[] = {SAME(IPAMConfig, endpoint_ipam_pointer),
                                                  TEXTS(Links),
                                                  TEXTS(Aliases),
                                                  TEXT(MacAddress),
                                                  PAIRS(DriverOpts),
                                                  WHOLE(GwPriority),
                                                  TEXT(NetworkID),
                                                  TEXT(EndpointID),
                                                  TEXT(Gateway),
                                                  TEXT(IPAddress),
                                                  WHOLE(IPPrefixLen),
                                                  TEXT(IPv6Gateway),
                                                  TEXT(GlobalIPv6Address),
                                                  WHOLE(GlobalIPv6PrefixLen),
                                                  TEXTS(DNSNames),
                                                  END};
STRUCT(endpoint, "network.EndpointSettings");
POINTER(endpoint_pointer, endpoint, "network.EndpointSettings");
MAP(endpoints, endpoint_pointer, "*network.EndpointSettings");
static const struct go_field settings_base_fields[] = {TEXT(Bridge),
                                                       TEXT(SandboxID),
                                                       TEXT(SandboxKey),
                                                       SAME(Ports, port_map),
                                                       TRUTH(HairpinMode),
                                                       TEXT(LinkLocalIPv6Address),
                                                       WHOLE(LinkLocalIPv6PrefixLen),
                                                       SAME(SecondaryIPAddresses, addresses),
                                                       SAME(SecondaryIPv6Addresses, addresses),
                                                       END};
STRUCT(settings_base, "container.NetworkSettingsBase");
static const struct go_field settings_default_fields[] = {TEXT(EndpointID),           TEXT(Gateway),    TEXT(GlobalIPv6Address),
                                                          WHOLE(GlobalIPv6PrefixLen), TEXT(IPAddress),  WHOLE(IPPrefixLen),
                                                          TEXT(IPv6Gateway),          TEXT(MacAddress), END};
STRUCT(settings_default, "container.DefaultNetworkSettings");
static const struct go_field settings_fields[] = {{"NetworkSettingsBase", NULL, &settings_base},
                                                  {"DefaultNetworkSettings", NULL, &settings_default},
                                                  SAME(Networks, endpoints),
                                                  END};
STRUCT(settings, "container.NetworkSettings");
POINTER(settings_pointer, settings, "container.NetworkSettings");

/* A container */
static const struct go_field point_fields[] = {TEXT(Type),   TEXT(Name), TEXT(Source),           TEXT(Destination),
                                               TEXT(Driver), TEXT(Mode), {"RW", "RW", &go_bool}, TEXT(Propagation),
                                               END};
STRUCT(point, "container.MountPoint");
LIST(points, point, "container.MountPoint");
static const struct go_field driver_fields[] = {PAIRS(Data), TEXT(Name), END};
STRUCT(driver, "storage.DriverData");
static const struct go_field container_base_fields[] = {{"ID", "Id", &go_string},
                                                        TEXT(Created),
                                                        TEXT(Path),
                                                        TEXTS(Args),
                                                        SAME(State, state_pointer),
                                                        TEXT(Image),
                                                        TEXT(ResolvConfPath),
                                                        TEXT(HostnamePath),
                                                        TEXT(HostsPath),
                                                        TEXT(LogPath),
                                                        TEXT(Name),
                                                        WHOLE(RestartCount),
                                                        TEXT(Driver),
                                                        TEXT(Platform),
                                                        TEXT(MountLabel),
                                                        TEXT(ProcessLabel),
                                                        TEXT(AppArmorProfile),
                                                        TEXTS(ExecIDs),
                                                        SAME(HostConfig, host_pointer),
                                                        SAME(GraphDriver, driver),
                                                        SAME(SizeRw, int_pointer),
                                                        SAME(SizeRootFs, int_pointer),
                                                        END};
STRUCT(container_base, "container.ContainerJSONBase");
static const struct go_field container_fields[] = {{"ContainerJSONBase", NULL, &container_base},
                                                   SAME(Mounts, points),
                                                   SAME(Config, config_pointer),
                                                   SAME(NetworkSettings, settings_pointer),
                                                   END};
const struct go_type go_container = {GO_STRUCT, "container.InspectResponse", NULL, container_fields, NULL};

/* An image */
static const struct go_field image_config_base_fields[] = {
    TEXT(User),       SAME(ExposedPorts, set), TEXTS(Env),       TEXTS(Entrypoint),  TEXTS(Cmd), SAME(Volumes, set),
    TEXT(WorkingDir), PAIRS(Labels),           TEXT(StopSignal), TRUTH(ArgsEscaped), END};
STRUCT(image_config_base, "v1.ImageConfig");
static const struct go_field image_config_more_fields[] = {SAME(Healthcheck, check_pointer), TEXTS(OnBuild), TEXTS(Shell), END};
STRUCT(image_config_more, "v1.DockerOCIImageConfigExt");
static const struct go_field image_config_fields[] = {
    {"ImageConfig", NULL, &image_config_base}, {"DockerOCIImageConfigExt", NULL, &image_config_more}, END};
STRUCT(image_config, "v1.DockerOCIImageConfig");
POINTER(image_config_pointer, image_config, "v1.DockerOCIImageConfig");

bool go_omits_empty(const struct go_type *type) { return type == &image_config; }
static const struct go_field rootfs_fields[] = {TEXT(Type), TEXTS(Layers), END};
STRUCT(rootfs, "image.RootFS");
static const struct go_field metadata_fields[] = {SAME(LastTagTime, time_type), END};
STRUCT(metadata, "image.Metadata");
static const struct go_field image_fields[] = {{"ID", "Id", &go_string},
                                               TEXTS(RepoTags),
                                               TEXTS(RepoDigests),
                                               TEXT(Parent),
                                               TEXT(Comment),
                                               TEXT(Created),
                                               TEXT(Container),
                                               SAME(ContainerConfig, config_pointer),
                                               TEXT(DockerVersion),
                                               TEXT(Author),
                                               SAME(Config, image_config_pointer),
                                               TEXT(Architecture),
                                               TEXT(Variant),
                                               TEXT(Os),
                                               TEXT(OsVersion),
                                               WHOLE(Size),
                                               WHOLE(VirtualSize),
                                               SAME(GraphDriver, driver),
                                               SAME(RootFS, rootfs),
                                               SAME(Metadata, metadata),
                                               END};
const struct go_type go_image = {GO_STRUCT, "image.InspectResponse", NULL, image_fields, NULL};

/* A network */
static const struct go_field pool_fields[] = {
    TEXT(Subnet), TEXT(IPRange), TEXT(Gateway), {"AuxAddress", "AuxiliaryAddresses", &string_map}, END};
STRUCT(pool, "network.IPAMConfig");
LIST(pools, pool, "network.IPAMConfig");
static const struct go_field ipam_fields[] = {TEXT(Driver), PAIRS(Options), SAME(Config, pools), END};
STRUCT(ipam, "network.IPAM");
static const struct go_field from_fields[] = {TEXT(Network), END};
STRUCT(from, "network.ConfigReference");
static const struct go_field member_fields[] = {TEXT(Name),        TEXT(EndpointID),  TEXT(MacAddress),
                                                TEXT(IPv4Address), TEXT(IPv6Address), END};
STRUCT(member, "network.EndpointResource");
MAP(members, member, "network.EndpointResource");
static const struct go_field peer_fields[] = {TEXT(Name), TEXT(IP), END};
STRUCT(peer, "network.PeerInfo");
LIST(peers, peer, "network.PeerInfo");
static const struct go_field network_fields[] = {TEXT(Name),
                                                 {"ID", "Id", &go_string},
                                                 SAME(Created, time_type),
                                                 TEXT(Scope),
                                                 TEXT(Driver),
                                                 TRUTH(EnableIPv4),
                                                 TRUTH(EnableIPv6),
                                                 SAME(IPAM, ipam),
                                                 TRUTH(Internal),
                                                 TRUTH(Attachable),
                                                 TRUTH(Ingress),
                                                 SAME(ConfigFrom, from),
                                                 TRUTH(ConfigOnly),
                                                 SAME(Containers, members),
                                                 PAIRS(Options),
                                                 PAIRS(Labels),
                                                 SAME(Peers, peers),
                                                 SAME(Services, any_map),
                                                 END};
const struct go_type go_network = {GO_STRUCT, "network.Inspect", NULL, network_fields, NULL};

/* A volume */
static const struct go_field usage_fields[] = {WHOLE(RefCount), WHOLE(Size), END};
STRUCT(usage, "volume.UsageData");
POINTER(usage_pointer, usage, "volume.UsageData");
static const struct go_field cluster_fields[] = {END};
STRUCT(cluster, "volume.ClusterVolume");
POINTER(cluster_pointer, cluster, "volume.ClusterVolume");
static const struct go_field volume_fields[] = {SAME(ClusterVolume, cluster_pointer),
                                                TEXT(CreatedAt),
                                                TEXT(Driver),
                                                PAIRS(Labels),
                                                TEXT(Mountpoint),
                                                TEXT(Name),
                                                PAIRS(Options),
                                                TEXT(Scope),
                                                SAME(Status, any_map),
                                                SAME(UsageData, usage_pointer),
                                                END};
const struct go_type go_volume = {GO_STRUCT, "volume.Volume", NULL, volume_fields, NULL};
