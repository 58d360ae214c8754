#include "core/base/command_mask.h"

#include "tests/unit/tap.h"

static struct arena arena;

static const struct {
	const char *command, *shown;
} cases[] = {
    {"age -r age1qqq", "age -r age1qqq"},
    {"age -d -i /run/secrets/key", "age -d -i /run/secrets/key"},
    {"zstd -3 | age -r age1qqq", "zstd -3 | age -r age1qqq"},
    {"openssl enc -aes-256-cbc -pbkdf2 -pass pass:s3cret",
	"openssl enc -aes-256-cbc -pbkdf2 -pass pass:***"},
    {"openssl enc -aes-256-cbc -pass 'pass:s3 cret' -salt",
	"openssl enc -aes-256-cbc -pass 'pass:*** -salt"},
    {"openssl enc -aes-256-cbc -pass env:KEY", "openssl enc -aes-256-cbc -pass env:KEY"},
    {"openssl enc -aes-256-cbc -pass file:/run/key",
	"openssl enc -aes-256-cbc -pass file:/run/key"},
    {"/usr/bin/openssl enc -k s3cret", "/usr/bin/openssl enc -k ***"},
    {"openssl enc -K 00112233 -iv 00", "openssl enc -K *** -iv 00"},
    {"gpg --batch --passphrase s3cret -c", "gpg --batch --passphrase *** -c"},
    {"gpg --batch --passphrase='s3 cret' -c", "gpg --batch --passphrase=*** -c"},
    {"gpg --batch --passphrase-file /run/key -c", "gpg --batch --passphrase-file /run/key -c"},
    {"gpg --passphrase-fd 0 -c", "gpg --passphrase-fd 0 -c"},
    {"age -p s3cret", "age -p ***"},
    {"age -p -o /dev/stdout", "age -p -o /dev/stdout"},
    {"AGE_KEY=s3cret MODE=x tool -x", "AGE_KEY=*** MODE=x tool -x"},
    {"KEY='a b' PASSPHRASE=\"c;d\" tool", "KEY=*** PASSPHRASE=*** tool"},
    {"KEY_FILE=/run/key tool", "KEY_FILE=/run/key tool"},
    {"export SECRET=s3cret; tool", "export SECRET=***; tool"},
    {"echo s3cret | gpg --passphrase-fd 3", "echo *** | gpg --passphrase-fd 3"},
    {"gpg --passphrase-fd 3 3<<<s3cret", "gpg --passphrase-fd 3 3<<<***"},
    {"age -d -i <(printf AGE-SECRET-KEY-1QQ)", "age -d -i <(printf ***)"},
    {"tool AGE-SECRET-KEY-1QQ", "tool ***"},
    {"7z a -si -so -ps3cret x", "7z a -si -so -p*** x"},
    {"curl https://me:s3cret@h/x", "curl https://me:***@h/x"},
    {"tool --key=$(cat 'a b')", "tool --key=***"},
    {"tool --api-token s --x 'unterminated", "tool --api-token *** --x 'unterminated"},
    {"PW=s3cret tool -x", "PW=*** tool -x"},
    {"curl -u me:s3cret -T - h", "curl -u *** -T - h"},
    {"", ""},
};

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		is(command_mask(&arena, cases[i].command, NULL), cases[i].shown, "%s",
		    cases[i].command);
	is(command_scrub(&arena, "KEY='a b' tool -k s3cret", "tool: s3cret is no key; s3cret, a b"),
	    "tool: *** is no key; ***, ***", "what a command wrote has none either");
	arena_free(&arena);
	return tap_done();
}
