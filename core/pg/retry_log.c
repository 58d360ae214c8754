#include "core/pg/retry_log.h"

#include <string.h>

#include "core/base/text.h"

void retry_log_add(struct retry_log *history, const struct error *err)
{
	const struct retry_policy *reason = retry_policy_of(err);
	size_t i = 0;

	if (history->count == 0 || reason->verdict >= retry_policy_of(&history->telling)->verdict)
		history->telling = *err;
	history->last = *err;
	while (i < history->count && strcmp(history->seen[i].word, reason->word) != 0)
		i++;
	if (i == REASON_COUNT_MAX)
		return;
	if (i == history->count)
		history->seen[history->count++].word = reason->word;
	history->seen[i].times++;
}

const char *retry_log_fold(struct arena *arena, const struct retry_log *history)
{
	struct text out = {.arena = arena};

	for (size_t i = 0; i < history->count; i++) {
		text_printf(&out, "%s%s ", i == 0 ? "" : ", then ", history->seen[i].word);
		if (history->seen[i].times == 1)
			text_add(&out, "once");
		else
			text_printf(&out, "%lu times", history->seen[i].times);
	}
	return text_string(&out);
}
