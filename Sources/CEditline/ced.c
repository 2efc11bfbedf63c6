#define _GNU_SOURCE
#include "ced.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

// The shim passes wchar_t as uint32_t, which is it or its unsigned form, so both may name the same memory.
_Static_assert(sizeof(wchar_t) == sizeof(uint32_t), "wchar_t must hold a code point");

static ced_read_fn reader;

static int read_key(EditLine *e, wchar_t *c) {
    uint32_t key = 0;
    int32_t result = reader ? reader(e, &key) : 0;
    *c = (wchar_t)key;
    return result;
}

EditLine *ced_init(const char *program) { return el_init(program, stdin, stdout, stderr); }
void ced_end(EditLine *e) { el_end(e); }

int ced_set_prompt(EditLine *e, ced_prompt_fn f) { return el_set(e, EL_PROMPT_ESC, f, '\1'); }
int ced_set_editor(EditLine *e, const char *name) { return el_set(e, EL_EDITOR, name); }

int ced_is_vi(EditLine *e) {
    const char *name = NULL;
    return el_get(e, EL_EDITOR, &name) == 0 && name && strcmp(name, "vi") == 0;
}

int ced_set_client(EditLine *e, void *p) { return el_set(e, EL_CLIENTDATA, p); }

void *ced_client(EditLine *e) {
    void *p = NULL;
    el_get(e, EL_CLIENTDATA, &p);
    return p;
}

int ced_set_reader(EditLine *e, ced_read_fn f) {
    reader = f;
    return el_set(e, EL_GETCFN, read_key);
}

int ced_add_action(EditLine *e, const char *name, const char *help, ced_action_fn f) {
    return el_set(e, EL_ADDFN, name, help, f);
}

int ced_bind(EditLine *e, const char *key, const char *action) { return el_set(e, EL_BIND, key, action, NULL); }

int ced_bind_command(EditLine *e, const char *key, const char *action) {
    return el_set(e, EL_BIND, "-a", key, action, NULL);
}

int ced_set_modes(EditLine *e) {
    int editing = el_set(e, EL_SETTY, "-d", "-inlcr", "-icrnl", "-ixon", "+noflsh", NULL);
    int between = el_set(e, EL_SETTY, "-x", "-icanon", "-echo", "+noflsh", NULL);
    return editing ? editing : between;
}

int ced_prepare(EditLine *e, int editing) { return el_set(e, EL_PREP_TERM, editing); }
int ced_refresh(EditLine *e) { return el_set(e, EL_REFRESH); }

int ced_source(EditLine *e) {
    int result = el_source(e, NULL);
    el_set(e, EL_EDITMODE, 1);
    return result;
}

size_t ced_gets(EditLine *e, const uint32_t **text) {
    int count = 0;
    const wchar_t *line = el_wgets(e, &count);
    *text = (const uint32_t *)line;
    return line && count > 0 ? (size_t)count : 0;
}

size_t ced_line(EditLine *e, const uint32_t **text, size_t *cursor) {
    const LineInfoW *line = el_wline(e);
    *text = (const uint32_t *)line->buffer;
    *cursor = (size_t)(line->cursor - line->buffer);
    return (size_t)(line->lastchar - line->buffer);
}

int ced_insert(EditLine *e, const uint32_t *text) { return el_winsertstr(e, (const wchar_t *)text); }

void ced_write(const char *bytes, size_t count) {
    fwrite(bytes, 1, count, stdout);
    fflush(stdout);
}

int ced_width(uint32_t c) {
    // As libedit draws: controls as ^X, other unprintable ones as \U+1234 or \U+12345.
    if (c < 0x100 && iswcntrl((wint_t)c)) return 2;
    if (!iswprint((wint_t)c)) return c > 0xffff ? 8 : 7;
    int width = wcwidth((wchar_t)c);
    return width < 0 ? 0 : width;
}
