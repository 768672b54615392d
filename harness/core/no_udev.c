/* SPDX-License-Identifier: GPL-3.0-or-later */
/* no_udev.c: for --enable-static-harness alone. hwloc asks udev for the names of block devices, which nothing here
 * reads, and Debian has libudev as a shared library only. hwloc takes a udev_new() that gives NULL for "there is no
 * udev" (hwloc_look_linuxfs_io, topology-linux.c), so the others are never called. */
#include <stddef.h>
#include <stdlib.h>

struct udev;
struct udev_device;

struct udev *udev_new(void);
struct udev *udev_unref(struct udev *udev);
struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev, const char *subsystem, const char *name);
const char *udev_device_get_property_value(struct udev_device *device, const char *key);
struct udev_device *udev_device_unref(struct udev_device *device);

struct udev *udev_new(void) {
  return NULL;
}

struct udev *udev_unref(struct udev *udev) {
  return udev;
}

struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev, const char *subsystem, const char *name) {
  (void)udev, (void)subsystem, (void)name;
  return NULL;
}

const char *udev_device_get_property_value(struct udev_device *device, const char *key) {
  (void)device, (void)key;
  return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *device) {
  return device;
}
