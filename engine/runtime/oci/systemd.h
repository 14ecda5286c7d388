/* systemd over D-Bus (org.freedesktop.systemd1(5)): scopes for containers. */
#ifndef SLIPWAY_RUNTIME_OCI_SYSTEMD_H
#define SLIPWAY_RUNTIME_OCI_SYSTEMD_H

#include "base/error.h"
#include "runtime/manager.h"

#include <dbus/dbus.h>
#include <jansson.h>

extern const struct runtime_manager oci_systemd;

/* systemd_properties.c: one (sv) of an array a(sv) that is open in `array`. */
void systemd_property(DBusMessageIter *array, const char *name, int type, const void *value);
/* Limits of linux.resources as properties (systemd.resource-control(5)); what systemd has no word for stays in the group's files.
 */
void systemd_limits(DBusMessageIter *array, const json_t *resources, bool unified);
/* The annotations "org.systemd.property.NAME"; values in GVariant's text format: 'text', true, 5, uint64 5, ['a', 'b']. NAMESec
 * takes seconds and becomes NAMEUSec. */
int systemd_annotations(DBusMessageIter *array, const json_t *annotations, struct error *err);

#endif
