/* completion: scripts for shells, which ask this program for the words. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/complete.h"

/* bash takes "--option=value" and "a:b" for several words: they are put together before the program
 * is asked, and what it had for separate words is taken off its answers. */
static const char bash[]
    = "_migrate() {\n"
      "\tlocal words=() glue= word i cut\n"
      "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
      "\t\tword=${COMP_WORDS[i]}\n"
      "\t\tif [[ ${#words[@]} -gt 0 && ( -n $glue || $word == [=:]* ) ]]; then\n"
      "\t\t\twords[${#words[@]}-1]+=$word\n"
      "\t\telse\n"
      "\t\t\twords+=(\"$word\")\n"
      "\t\tfi\n"
      "\t\tglue=; [[ $word == [=:] ]] && glue=1\n"
      "\tdone\n"
      "\tword=${words[${#words[@]}-1]}\n"
      "\tcut=${word%\"${word##*[=:]}\"}\n"
      "\tCOMPREPLY=()\n"
      "\twhile IFS=$'\\t' read -r word _; do\n"
      "\t\tCOMPREPLY+=(\"${word#\"$cut\"}\")\n"
      "\tdone < <(\"${COMP_WORDS[0]}\" completion words -- \"${words[@]}\" 2>/dev/null)\n"
      "}\n"
      "complete -o default -F _migrate migrate\n";

static const char zsh[]
    = "#compdef migrate\n"
      "_migrate() {\n"
      "\tlocal word means\n"
      "\tlocal -a found\n"
      "\twhile IFS=$'\\t' read -r word means; do\n"
      "\t\tfound+=(\"${word//:/\\\\:}:$means\")\n"
      "\tdone < <(\"${words[1]}\" completion words -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
      "\tif (( $#found )); then\n"
      "\t\t_describe -V migrate found\n"
      "\telse\n"
      "\t\t_files\n"
      "\tfi\n"
      "}\n"
      "if [[ $funcstack[1] == _migrate ]]; then\n"
      "\t_migrate\n"
      "else\n"
      "\tcompdef _migrate migrate\n"
      "fi\n";

static const char fish[]
    = "function __migrate_words\n"
      "\tset -l words (commandline -opc)\n"
      "\tset -l word (commandline -ct)\n"
      "\tset -l found ($words[1] completion words -- $words[2..-1] \"$word\" 2>/dev/null)\n"
      "\tif test (count $found) -gt 0\n"
      "\t\tprintf '%s\\n' $found\n"
      "\telse\n"
      "\t\t__fish_complete_path \"$word\"\n"
      "\tend\n"
      "end\n"
      "complete -c migrate -f -a '(__migrate_words)'\n";

static const struct {
	const char *name, *script;
} shells[] = {
    {"bash", bash},
    {"zsh", zsh},
    {"fish", fish},
};

/* "word<TAB>what it means", a line each. */
static void print_words(struct context *context)
{
	struct candidates found
	    = complete(context->arena, context->args + 1, context->arg_count - 1);

	for (size_t i = 0; i < found.count; i++)
		answer("%s\t%s\n", found.items[i].word, found.items[i].means);
}

static bool run(struct context *context, struct error *err)
{
	const char *name = context->args[0];

	for (size_t i = 0; i < COUNT(shells); i++)
		if (strcmp(shells[i].name, name) == 0) {
			answer_clean(shells[i].script);
			return true;
		}
	if (strcmp(name, "words") == 0 && context->arg_count > 1) {
		print_words(context);
		return true;
	}
	error_set(err, STATUS_USAGE, "no completion for '%s'", name);
	return error_hint(err, "Write: migrate completion bash, zsh or fish.");
}

const struct command cmd_completion = {
    .name = "completion",
    .args = "bash|zsh|fish",
    .summary = "print a script that makes a shell complete commands, options and revisions",
    .help = "bash: eval \"$(migrate completion bash)\" in ~/.bashrc. zsh: the same in ~/.zshrc, "
            "after compinit. fish: migrate completion fish "
            ">~/.config/fish/completions/migrate.fish. `make install` puts them in their places "
            "for everybody.",
    .examples = {
        {"eval \"$(migrate completion bash)\"", "in this shell, from now on"},
        {"migrate completion words -- upgrade h", "what such a script asks: the words that fit"},
    },
    .min_args = 1,
    .max_args = 10000,
    .run = run,
};
