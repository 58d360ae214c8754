#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/pg/mask.h"

#define SHORT 4 /* bytes; what is shorter is hidden only where it stands alone */

/* Words behind which a server has a name in quotes. */
static const char *const names_of[] = {"aggregate", "attribute", "class", "collation", "column",
    "columns", "configuration", "constraint", "conversion", "cursor", "database", "domain",
    "encoding", "extension", "family", "field", "file", "function", "index", "indexes", "key",
    "language", "library", "method", "near", "object", "operator", "option", "parameter",
    "partition", "policy", "procedure", "publication", "reference", "relation", "role", "routine",
    "rule", "savepoint", "schema", "sequence", "server", "slot", "statistics", "subscription",
    "table", "tablespace", "trigger", "type", "user", "view", "wrapper"};

/* What is SQL from here on: up to a quote at the end of a line, or to the end. */
static const struct {
	const char *text;
	bool quoted;
} statements[] = {
    {"SQL statement \"", true},
    {"SQL expression \"", true},
    {"PL/pgSQL assignment \"", true},
    {"PL/pgSQL expression \"", true},
    {"remote SQL command: ", false},
    {"query was: ", false},
    {"Command was: ", false},
};

/* What is data from here on. */
static const char *const data[] = {"JSON data, line ", "Failing row contains (",
    "failing row contains (", ")=(", ") = (", "Array contents", "Input string: "};

struct reading {
	struct text out;
	const char *start, *at;
	bool secret; /* a word was seen behind which quotes hide a secret */
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80) != 0;
}

/* Behind the quote that closes the one at `at`; the end where none does. */
static const char *quote_end(const char *at)
{
	char quote = *at;

	for (at++; *at != '\0'; at++) {
		if (*at != quote)
			continue;
		if (at[1] != quote)
			return at + 1;
		at++;
	}
	return at;
}

/* Is what stands before the quote a word for names? */
static bool is_name(const struct reading *reading)
{
	const char *end = reading->at, *word;
	const char *close = quote_end(reading->at);

	if (end == reading->start || (end[-1] == ' ' && end - 1 > reading->start && end[-2] == ':'))
		return strncmp(close, " is ", 4) == 0;
	while (end > reading->start && end[-1] == ' ')
		end--;
	for (word = end; word > reading->start && is_word(word[-1]);)
		word--;
	for (size_t i = 0; i < COUNT(names_of); i++) {
		if (strlen(names_of[i]) != (size_t)(end - word)
		    || strncasecmp(word, names_of[i], (size_t)(end - word)) != 0)
			continue;
		/* syntax error at or near "'value'" */
		return strcmp(names_of[i], "near") != 0
		       || strcspn(reading->at + 1, "'$0123456789\\")
			      >= (size_t)(close - reading->at - 2);
	}
	return false;
}

/* Where the text of a statement ends that is in quotes. */
static const char *statement_end(const char *at)
{
	for (const char *quote = at; (quote = strchr(quote, '"')) != NULL; quote++)
		if (quote[1] == '\0'
		    || (quote[1] == '\n'
			&& (text_starts(quote + 2, "PL/") || text_starts(quote + 2, "SQL ")
			    || text_starts(quote + 2, "while ")
			    || text_starts(quote + 2, "COPY "))))
			return quote;
	return at + strlen(at);
}

static bool take_statement(struct reading *reading)
{
	for (size_t i = 0; i < COUNT(statements); i++) {
		const char *start = reading->at + strlen(statements[i].text), *end;

		if (!text_starts(reading->at, statements[i].text))
			continue;
		end = statements[i].quoted ? statement_end(start) : start + strlen(start);
		text_add(&reading->out, statements[i].text);
		text_add(&reading->out, mask_sql(reading->out.arena, start, (size_t)(end - start),
					    MASK_LITERALS, NULL));
		if (statements[i].quoted && *end == '"')
			text_add_bytes(&reading->out, end++, 1);
		reading->at = end;
		return true;
	}
	return false;
}

/* A value may have parentheses and newlines: all up to the last that closes is taken for it. */
static bool take_data(struct reading *reading)
{
	for (size_t i = 0; i < COUNT(data); i++) {
		const char *close;

		if (!text_starts(reading->at, data[i]))
			continue;
		text_add(&reading->out, data[i]);
		text_add(&reading->out, "…");
		reading->at += strlen(data[i]);
		close = strrchr(reading->at, ')');
		reading->at = close != NULL && text_ends(data[i], "(")
				  ? close
				  : reading->at + strlen(reading->at);
		return true;
	}
	return false;
}

/* An apostrophe is no quote. */
static bool is_quote(const struct reading *reading)
{
	bool inside = reading->at > reading->start && is_word(reading->at[-1]);

	return *reading->at == '"' || (*reading->at == '\'' && !inside);
}

/* Our own words for a prepared transaction, which only its name can end. */
static bool is_prepared(const struct reading *reading)
{
	static const char *const before[] = {"PREPARED ", "prepared transaction "};

	for (size_t i = 0; i < COUNT(before); i++) {
		size_t length = strlen(before[i]);

		if ((size_t)(reading->at - reading->start) >= length
		    && strncmp(reading->at - length, before[i], length) == 0)
			return true;
	}
	return false;
}

static void take_quoted(struct reading *reading, bool keep)
{
	const char *end = quote_end(reading->at);

	if (keep)
		text_add_bytes(&reading->out, reading->at, (size_t)(end - reading->at));
	else
		text_printf(&reading->out, "%c…%c", *reading->at, *reading->at);
	reading->at = end;
}

static void take_word(struct reading *reading)
{
	const char *start = reading->at;

	while (is_word(*reading->at))
		reading->at++;
	text_add_bytes(&reading->out, start, (size_t)(reading->at - start));
	if (!mask_is_secret(start, (size_t)(reading->at - start)))
		return;
	reading->secret = true;
	/* password=…, "password": … */
	start = reading->at;
	reading->at += strspn(reading->at, "\" ");
	if (*reading->at != '=' && (*reading->at != ':' || reading->at == start)) {
		reading->at = start;
		return;
	}
	reading->at += strspn(reading->at, ":=> ");
	text_add_bytes(&reading->out, start, (size_t)(reading->at - start));
	if (*reading->at == '\0' || is_quote(reading))
		return;
	text_add(&reading->out, "…");
	reading->at += strcspn(reading->at, " \t\n\"'),&;");
}

static void take_next(struct reading *reading, enum mask mask)
{
	bool literals = mask == MASK_LITERALS;

	if (literals && (take_statement(reading) || take_data(reading)))
		return;
	if (is_quote(reading) && (literals || (reading->secret && *reading->at == '\'')))
		take_quoted(reading,
		    literals && (*reading->at == '"' ? is_name(reading) : is_prepared(reading)));
	else if (is_word(*reading->at))
		take_word(reading);
	else
		text_add_bytes(&reading->out, reading->at++, 1);
}

const char *mask_words(struct arena *arena, const char *words, enum mask mask)
{
	struct reading reading = {.out.arena = arena, .start = words, .at = words};

	while (*reading.at != '\0')
		take_next(&reading, mask);
	return text_string(&reading.out);
}

/* The text without what was hidden in its statement. */
static const char *without(struct arena *arena, const char *string, const char *hidden)
{
	struct text out = {.arena = arena};
	size_t length = strlen(hidden);
	const char *found, *from = string;

	for (const char *at = string; (found = strstr(at, hidden)) != NULL; at = found + length) {
		bool alone = (found == string || !is_word(found[-1])) && !is_word(found[length]);

		if (length < SHORT && !alone)
			continue;
		text_add_bytes(&out, from, (size_t)(found - from));
		text_add(&out, "…");
		from = found + length;
	}
	text_add(&out, from);
	return text_string(&out);
}

static void rewrite(struct arena *arena, char *field, size_t size, const struct names *hidden)
{
	const char *string = field;

	for (size_t i = 0; i < hidden->count; i++)
		string = without(arena, string, hidden->items[i]);
	string = mask_words(arena, string, MASK_SECRETS);
	if (string != field)
		snprintf(field, size, "%s", string);
}

/* "1", "," and the like would take what is not of the literal. */
static bool tells(const char *literal)
{
	size_t digits = strspn(literal, "0123456789");
	bool word = false;

	for (const char *at = literal; *at != '\0'; at++)
		word |= is_word(*at);
	return word && (literal[digits] != '\0' || digits >= MASK_LONG_NUMBER);
}

static bool stands_in(struct arena *arena, const char *string, const char *literal)
{
	return strcmp(without(arena, string, literal), string) != 0;
}

/* Only here is the whole statement known. */
static void note_literals(struct arena *arena, struct error *err, const char *sql, size_t length)
{
	struct names literals = {0};
	size_t used = 0;

	memset(err->literals, 0, sizeof(err->literals));
	mask_literals(arena, sql, length, &literals);
	err->literals_cut = length > MASK_READ_MOST;
	for (size_t i = 0; i < literals.count; i++) {
		const char *literal = literals.items[i];
		size_t size = strlen(literal) + 1;

		if (!tells(literal)
		    || (!stands_in(arena, err->message, literal)
			&& !stands_in(arena, err->detail, literal)))
			continue;
		if (used + size >= sizeof(err->literals)) {
			err->literals_cut = true;
			return;
		}
		memcpy(err->literals + used, literal, size);
		used += size;
	}
}

bool mask_blame(struct error *err, const char *sql, size_t length)
{
	struct arena scratch = {0};
	struct names hidden = {0};
	const char *shown = mask_sql(&scratch, sql, length, MASK_SECRETS, &hidden);

	rewrite(&scratch, err->message, sizeof(err->message), &hidden);
	rewrite(&scratch, err->detail, sizeof(err->detail), &hidden);
	rewrite(&scratch, err->hint, sizeof(err->hint), &hidden);
	note_literals(&scratch, err, sql, length);
	error_statement(err, shown, strlen(shown));
	arena_free(&scratch);
	return false;
}

/* libxml's words have lines of the data in them. */
static bool tells_data(const struct error *err)
{
	return text_starts(err->sqlstate, "2200");
}

/* The server's words without the statement's literals; nothing where not all of those are known. */
static const char *without_literals(
    struct arena *arena, const struct error *err, const char *string)
{
	if (err->literals_cut && *string != '\0')
		return "…";
	for (const char *at = err->literals; *at != '\0'; at += strlen(at) + 1)
		string = without(arena, string, at);
	return string;
}

void mask_error(const struct error *err, struct error *masked)
{
	struct arena scratch = {0};
	const char *string;

	*masked = *err;
	memset(masked->literals, 0, sizeof(masked->literals));
	string = mask_sql(&scratch, err->statement, strlen(err->statement), MASK_LITERALS, NULL);
	error_statement(masked, string, strlen(string));
	if (err->sqlstate[0] != '\0') {
		string = without_literals(&scratch, err, err->message);
		string = mask_words(&scratch, string, MASK_LITERALS);
		snprintf(masked->message, sizeof(masked->message), "%s", string);
	}
	string = without_literals(&scratch, err, err->detail);
	string = mask_words(&scratch, string, MASK_LITERALS);
	if (err->sqlstate[0] != '\0' || strstr(err->detail, " was: ") != NULL)
		error_detail(masked, "%s", tells_data(err) && *string != '\0' ? "…" : string);
	string = mask_words(&scratch, err->hint, MASK_SECRETS);
	error_hint(masked, "%s", string);
	arena_free(&scratch);
}
