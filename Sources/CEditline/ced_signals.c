#define _GNU_SOURCE
#include "ced_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

// Handlers read what is below, so each piece is either atomic or written before the handlers that read it are
// installed. `command_mode` is published by `has_command_mode`.
static atomic_int phase = CED_COMMAND;
static atomic_int pending;
static atomic_int bracketed_paste;
static _Atomic(int *) interrupt_flag;
static int signal_pipe[2] = {-1, -1};
static int has_original_mode;
static struct termios original_mode;
static atomic_int has_command_mode;
static struct termios command_mode;
static pid_t owner;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGQUIT};
enum { FATAL_SIGNALS = sizeof fatal_signals / sizeof fatal_signals[0] };
static struct sigaction previous_fatal[FATAL_SIGNALS];
static char crash_stack[64 * 1024];

// From the background, setting the terminal would stop the process and disturb whoever has it.
static int owns_terminal(void) {
    return has_original_mode && atomic_load(&has_command_mode) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void write_terminal(const char *bytes, size_t count) {
    while (write(STDOUT_FILENO, bytes, count) < 0 && errno == EINTR) {}
}

void ced_restore_terminal(void) {
    if (!owns_terminal()) return;
    if (atomic_exchange(&bracketed_paste, 0)) write_terminal("\033[?2004l", 8);
    tcsetattr(STDIN_FILENO, TCSANOW, &original_mode);
}

void ced_give_terminal_back(void) {
    ced_restore_terminal();
    atomic_store(&has_command_mode, 0);
}

static void restore_at_exit(void) {
    if (getpid() == owner) ced_restore_terminal();
}

static void set_command_mode(void) {
    if (owns_terminal()) tcsetattr(STDIN_FILENO, TCSANOW, &command_mode);
}

void ced_drop_input(void) {
    if (owns_terminal()) tcflush(STDIN_FILENO, TCIFLUSH);
}

static void notify(int signals) {
    atomic_fetch_or(&pending, signals);
    // A full pipe already wakes the reader, so a failed write loses nothing.
    char byte = 0;
    (void)!write(signal_pipe[1], &byte, 1);
}

static void count_interrupt(void) {
    int *flag = atomic_load(&interrupt_flag);
    if (flag) __atomic_fetch_add(flag, 1, __ATOMIC_RELAXED);
}

static void on_interrupt(int signal) {
    (void)signal;
    int saved = errno;
    switch (atomic_load(&phase)) {
    case CED_EDITING: notify(CED_INTERRUPTED); break;
    case CED_COMMAND:
        count_interrupt();
        ced_drop_input();
        break;
    default: break;
    }
    errno = saved;
}

static void on_resize(int signal) {
    (void)signal;
    int saved = errno;
    notify(CED_RESIZED);
    errno = saved;
}

void ced_stop(void) {
    struct sigaction action = {.sa_handler = SIG_DFL}, saved;
    sigset_t stop, mask;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTSTP, &action, &saved);
    raise(SIGTSTP);
    // Within the handler the signal is blocked and waits for this.
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stop, &mask);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGTSTP, &saved, NULL);
}

static void on_stop(int signal) {
    (void)signal;
    int saved = errno;
    int now = atomic_load(&phase);
    if (now == CED_EDITING) {
        notify(CED_STOPPED);
    } else {
        if (now == CED_COMMAND) ced_restore_terminal();
        ced_stop();
        if (now == CED_COMMAND) set_command_mode();
    }
    errno = saved;
}

static void on_continue(int signal) {
    (void)signal;
    int saved = errno;
    int now = atomic_load(&phase);
    if (now == CED_EDITING) notify(CED_CONTINUED);
    if (now == CED_COMMAND) set_command_mode();
    errno = saved;
}

static void on_end(int signal) {
    if (atomic_load(&phase) == CED_EDITING && owns_terminal()) write_terminal("\r\n", 2);
    ced_restore_terminal();
    _exit(128 + signal);
}

static void on_fatal(int signal, siginfo_t *info, void *context) {
    (void)context;
    ced_restore_terminal();
    for (int i = 0; i < FATAL_SIGNALS; i++) {
        if (fatal_signals[i] == signal) sigaction(signal, &previous_fatal[i], NULL);
    }
    // A fault happens again on return, now in the hands of the previous handler; others are sent again.
    if (info->si_code <= 0 || signal == SIGTRAP || signal == SIGQUIT || signal == SIGABRT) raise(signal);
}

static void install(int signal, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, previous;
    if (sigaction(signal, NULL, &previous) == 0 && previous.sa_handler == SIG_IGN) return;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

static void install_fatal(void) {
    // A stack that has run over leaves no room for a handler.
    stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof crash_stack}, present;
    if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE)) sigaltstack(&stack, NULL);
    for (int i = 0; i < FATAL_SIGNALS; i++) {
        struct sigaction action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigemptyset(&action.sa_mask);
        sigaction(fatal_signals[i], NULL, &previous_fatal[i]);
        if (previous_fatal[i].sa_handler != SIG_IGN) sigaction(fatal_signals[i], &action, NULL);
    }
}

int ced_install_signals(void) {
    if (signal_pipe[0] >= 0) return 0;
    if (pipe2(signal_pipe, O_NONBLOCK | O_CLOEXEC) != 0) return -1;
    owner = getpid();
    has_original_mode = tcgetattr(STDIN_FILENO, &original_mode) == 0;
    // An interrupt ends a blocking read; the others should disturb no system call of a command.
    install(SIGINT, on_interrupt, 0);
    install(SIGWINCH, on_resize, SA_RESTART);
    install(SIGTSTP, on_stop, SA_RESTART);
    install(SIGCONT, on_continue, SA_RESTART);
    install(SIGTERM, on_end, 0);
    install(SIGHUP, on_end, 0);
    if (has_original_mode) {
        install_fatal();
        atexit(restore_at_exit);
    }
    return 0;
}

void ced_set_interrupt_flag(int *flag) { atomic_store(&interrupt_flag, flag); }
int ced_signal_pipe(void) { return signal_pipe[0]; }

int ced_take_signals(void) {
    // Empty the pipe first: a signal that arrives in between writes again.
    char bytes[64];
    while (read(signal_pipe[0], bytes, sizeof bytes) > 0) {}
    return atomic_exchange(&pending, 0);
}

void ced_enter_editing(void) { atomic_store(&phase, CED_EDITING); }

void ced_leave_editing(void) {
    int *flag = atomic_load(&interrupt_flag);
    if (flag) __atomic_store_n(flag, 0, __ATOMIC_RELAXED);
    atomic_store(&phase, CED_COMMAND);
    // An interrupt after the line's last key is the command's.
    if (atomic_fetch_and(&pending, ~CED_INTERRUPTED) & CED_INTERRUPTED) count_interrupt();
}

void ced_enter_child(void) { atomic_store(&phase, CED_CHILD); }

void ced_leave_child(void) {
    atomic_store(&phase, CED_EDITING);
    atomic_fetch_and(&pending, CED_RESIZED);
}

void ced_note_bracketed_paste(int on) { atomic_store(&bracketed_paste, on); }

void ced_note_command_mode(void) {
    if (tcgetattr(STDIN_FILENO, &command_mode) == 0) atomic_store(&has_command_mode, 1);
}
