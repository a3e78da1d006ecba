// SPDX-License-Identifier: GPL-2.0
/* See printk.h. */

#include "shims.h"

/* What one record of printk holds, less what keeps a frame below the 1024 bytes that kernels are built with. */
#define RECORD 960

/* The crate's formats are made of text, %s and %pA, and nothing else. */
static void format_arguments(char *buf, size_t size, const char *format, va_list args)
{
	char *end = buf + size - 1;

	while (*format && buf < end) {
		if (!strncmp(format, "%pA", 3)) {
			buf = min(rust_fmt_argument(buf, end, va_arg(args, const void *)), end);
			format += 3;
		} else if (!strncmp(format, "%s", 2)) {
			buf += scnprintf(buf, end - buf + 1, "%s", va_arg(args, const char *));
			format += 2;
		} else {
			*buf++ = *format++;
		}
	}
	*buf = '\0';
}

int carried_shim__printk(const char *format, ...)
{
	char text[RECORD];
	va_list args;

	va_start(args, format);
	format_arguments(text, sizeof(text), format, args);
	va_end(args);

	/* printk() takes the level from the text, wherever it came from. */
	return printk("%s", text);
}

void carried_shim__dev_printk(const char *level, const struct device *dev, const char *format, ...)
{
	char text[RECORD];
	va_list args;

	va_start(args, format);
	format_arguments(text, sizeof(text), format, args);
	va_end(args);

	dev_printk(level, dev, "%s", text);
}

void carried_shim_seq_printf(struct seq_file *file, const char *format, ...)
{
	char *buf = file->buf + file->count;
	char *end = file->buf + file->size;
	va_list args;

	if (file->count >= file->size)
		return;

	va_start(args, format);
	if (!strcmp(format, "%pA")) {
		buf = rust_fmt_argument(buf, end, va_arg(args, const void *));
		/* Full: seq_read() tries again with a bigger buffer. */
		file->count = buf < end ? buf - file->buf : file->size;
	} else {
		seq_vprintf(file, format, args);
	}
	va_end(args);
}
