#ifndef CED_H
#define CED_H

#include <histedit.h>
#include <stddef.h>
#include <stdint.h>

// libedit as Swift can call it: fixed arguments in place of variadic ones, code points as uint32_t whatever
// wchar_t is on the platform, and stdin and stdout (shared mutable globals to Swift) out of sight.

typedef char *(*ced_prompt_fn)(EditLine *);
typedef unsigned char (*ced_action_fn)(EditLine *, int);
/// Stores one code point and returns 1; 0 is the end of input, -1 abandons the line.
typedef int32_t (*ced_read_fn)(EditLine *, uint32_t *);

/// An editor on the standard streams, or NULL. Set the locale first.
EditLine *ced_init(const char *program);
void ced_end(EditLine *);

/// Prompts may hold escape sequences between two bytes 1. The function's result must stay valid until its next call.
int ced_set_prompt(EditLine *, ced_prompt_fn);
int ced_set_editor(EditLine *, const char *name);
/// Whether the user's configuration chose vi keys.
int ced_is_vi(EditLine *);
int ced_set_client(EditLine *, void *);
void *ced_client(EditLine *);
/// One reader for the process.
int ced_set_reader(EditLine *, ced_read_fn);
int ced_add_action(EditLine *, const char *name, const char *help, ced_action_fn);
int ced_bind(EditLine *, const char *key, const char *action);
/// Binds in vi's command mode.
int ced_bind_command(EditLine *, const char *key, const char *action);
/// Turns echo and line buffering off for the time between two lines too. While editing, returns and newlines are kept
/// apart, and Ctrl-S and Ctrl-Q are keys. An interrupt flushes nothing: the kernel would throw away output together
/// with input, and with it the next prompt if that is quick. Whoever takes the interrupt calls `ced_drop_input`.
int ced_set_modes(EditLine *);
/// 1: editing mode now; 0: the mode between lines.
int ced_prepare(EditLine *, int editing);
int ced_refresh(EditLine *);
/// Reads the user's ~/.editrc. Editing stays on whatever it says: without it nothing would echo what is typed.
int ced_source(EditLine *);

/// Reads one line and returns its length, its final newline included; 0 where there is none.
/// `*text` is valid until the next call on this editor.
size_t ced_gets(EditLine *, const uint32_t **text);
/// The line being edited: its length, with its first code point and the cursor's place. Valid until it changes.
size_t ced_line(EditLine *, const uint32_t **text, size_t *cursor);
/// Inserts before the cursor. `text` ends with 0.
int ced_insert(EditLine *, const uint32_t *text);

/// Writes to the stream that libedit writes to, and flushes it.
void ced_write(const char *bytes, size_t count);
/// How many columns libedit uses for a code point that is neither a tab nor a newline.
int ced_width(uint32_t);

#include "ced_signals.h"

#endif
