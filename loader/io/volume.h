/*
 * Volumes: serial numbers, device names.
 */
#ifndef IO_VOLUME_H
#define IO_VOLUME_H

#include "io/io.h"

/* The serial number that a volume with this io_stat.volume has. */
ULONG io_serial_of(uint64_t device);
ULONGLONG io_volume_serial(struct io_file *file);

/* "\Device\HarddiskVolume3", terminated; at least 40 characters of room. */
void io_volume_device_name(int letter, WCHAR *ret_name);

#endif
