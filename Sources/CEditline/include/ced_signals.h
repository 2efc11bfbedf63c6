#ifndef CED_SIGNALS_H
#define CED_SIGNALS_H

// Signals and the terminal's modes. The handlers are C because they may call only what POSIX allows in a
// handler: no Swift runtime, no locks, no allocation.

/// Who holds the terminal: a running command, the editor, or a program that the editor started.
enum { CED_COMMAND = 0, CED_EDITING = 1, CED_CHILD = 2 };
/// What `ced_take_signals` reports.
enum { CED_INTERRUPTED = 1, CED_RESIZED = 2, CED_STOPPED = 4, CED_CONTINUED = 8 };

/// Notes the terminal's mode and installs the handlers, once. A signal that the parent had ignored stays ignored.
/// 0, or -1 if no pipe can be made.
int ced_install_signals(void);
/// Where an interrupt that arrives while a command runs is counted. NULL: nowhere.
void ced_set_interrupt_flag(int *flag);

/// Readable when a signal waits for the editor.
int ced_signal_pipe(void);
/// The signals that arrived since the last call.
int ced_take_signals(void);

void ced_enter_editing(void);
/// A command runs from here on, with the interrupt flag at 0.
void ced_leave_editing(void);
/// A program started by the editor owns the terminal; interrupts are its own affair.
void ced_enter_child(void);
/// Back to editing; signals meant for the program are forgotten.
void ced_leave_child(void);
/// Whether the editor asked the terminal to mark pasted text.
void ced_note_bracketed_paste(int on);

/// Notes the present mode as the one for running commands. From here on the handlers look after the terminal; without
/// an editor it is not theirs to set, since another program of the same pipeline may have it.
void ced_note_command_mode(void);
/// The end of that, in the mode in which the process found it.
void ced_give_terminal_back(void);
/// Forgets keys that nobody has read.
void ced_drop_input(void);
/// Gives the terminal the mode in which the process found it, for a while.
void ced_restore_terminal(void);
/// Stops the process as the terminal's stop key does by default; returns when it is continued.
void ced_stop(void);

#endif
