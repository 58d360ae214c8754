#include "core/base/clean.h"

static const struct form {
	unsigned char first, last, low, high;
	size_t length;
} forms[] = {
    {0x00, 0x7F, 0x00, 0x00, 1},
    {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const struct {
	uint32_t first, last;
} steering[] = {
    {0x00, 0x1F}, /* C0 */
    {0x7F, 0x9F}, /* DEL and C1 */
    {0x061C, 0x061C}, /* Arabic letter mark */
    {0x200E, 0x200F}, /* left-to-right and right-to-left marks */
    {0x2028, 0x202E}, /* separators, embeddings and overrides */
    {0x2066, 0x2069}, /* isolates */
};

static const struct form *form_of(unsigned char first)
{
	for (size_t i = 0; i < COUNT(forms); i++)
		if (first >= forms[i].first && first <= forms[i].last)
			return &forms[i];
	return NULL;
}

size_t clean_sequence(const char *at, uint32_t *character)
{
	const unsigned char *bytes = (const unsigned char *)at;
	const struct form *form = form_of(bytes[0]);

	if (form == NULL)
		return 0;
	*character = form->length == 1 ? bytes[0] : bytes[0] & (0x7FU >> form->length);
	for (size_t i = 1; i < form->length; i++) {
		unsigned char low = i == 1 ? form->low : 0x80, high = i == 1 ? form->high : 0xBF;

		if (bytes[i] < low || bytes[i] > high)
			return 0;
		*character = *character << 6 | (bytes[i] & 0x3FU);
	}
	return form->length;
}

bool clean_steers(uint32_t character)
{
	for (size_t i = 0; i < COUNT(steering); i++)
		if (character >= steering[i].first && character <= steering[i].last)
			return true;
	return false;
}

void clean_add(struct text *out, const char *string, const char *newline)
{
	while (*string != '\0') {
		uint32_t character = 0;
		size_t length = clean_sequence(string, &character);

		if (*string == '\n')
			text_add(out, newline);
		else if (*string == '\t' || (length > 0 && !clean_steers(character)))
			text_add_bytes(out, string, length);
		else if (*string != '\r' || string[1] != '\n')
			text_add_bytes(out, "?", 1);
		string += length > 0 ? length : 1;
	}
}

const char *clean(struct arena *arena, const char *string, const char *newline)
{
	struct text out = {.arena = arena};

	clean_add(&out, string, newline);
	return text_string(&out);
}
