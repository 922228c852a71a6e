/* A disk that fails, for tests: preloaded into a program, it stands between SQLite and the C library.
 *
 * BADDISK names a file that says what fails while it exists: "fsync", "write" or "read" (EIO), "full" (writes, ENOSPC),
 * "readonly" (writes, EROFS). A number N behind the word lets only every N-th such call fail.
 *
 * With BADDISK_DURABLE set, FILE.durable holds for each of SQLite's files what has really been synced, so that a test
 * can put it in place of the file and have what a power cut would have left. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 32, RANGES = 512, NAME = 1024, BUFFER = 1 << 16 };

struct file {
	char path[NAME];
	int whole; /* all of it is to be copied at the next sync */
	int count;
	struct { off_t at; size_t size; } dirty[RANGES];
};

static struct file files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void find_real(void) {
	real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
	real_pread = dlsym(RTLD_NEXT, "pread64");
	real_fsync = dlsym(RTLD_NEXT, "fsync");
	real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
	real_unlink = dlsym(RTLD_NEXT, "unlink");
}

static int ends(const char *s, const char *end) {
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

/* ours reports whether a path is one of SQLite's durable files. */
static int ours(const char *path) {
	return ends(path, ".db") || ends(path, ".db-wal") || ends(path, ".db-journal");
}

static int path_of(int fd, char *path) {
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, NAME - 1);
	if (n < 0) return 0;
	path[n] = 0;
	return ours(path);
}

/* fails decides whether a call of a kind fails now, and sets errno. */
static int fails(int fd, const char *kind) {
	static int calls;
	const char *control = getenv("BADDISK");
	char text[64] = "", word[32] = "", path[NAME];
	int every = 1, code = EIO;
	if (!control || !path_of(fd, path)) return 0;
	int c = open(control, O_RDONLY | O_CLOEXEC);
	if (c < 0) return 0;
	ssize_t n = read(c, text, sizeof text - 1);
	close(c);
	if (n <= 0 || sscanf(text, "%31s %d", word, &every) < 1) return 0;
	if (strcmp(word, "full") == 0) { code = ENOSPC; strcpy(word, "write"); }
	if (strcmp(word, "readonly") == 0) { code = EROFS; strcpy(word, "write"); }
	if (strcmp(word, kind) != 0) return 0;
	if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) % every != 0) return 0;
	errno = code;
	return 1;
}

/* known finds or makes the entry of a path; the caller holds the lock. */
static struct file *known(const char *path) {
	for (int i = 0; i < FILES; i++) {
		if (strcmp(files[i].path, path) == 0) return &files[i];
		if (files[i].path[0] == 0) {
			strcpy(files[i].path, path);
			files[i].whole = 1; /* what an earlier program wrote and did not sync is dirty too */
			return &files[i];
		}
	}
	abort(); /* the programs under test have fewer files */
}

static void mark(int fd, off_t at, size_t size) {
	char path[NAME];
	if (!getenv("BADDISK_DURABLE") || !path_of(fd, path)) return;
	pthread_mutex_lock(&lock);
	struct file *f = known(path);
	if (f->count == RANGES) f->whole = 1;
	else { f->dirty[f->count].at = at; f->dirty[f->count].size = size; f->count++; }
	pthread_mutex_unlock(&lock);
}

static void copy(int from, int to, off_t at, off_t end) {
	static char buffer[BUFFER]; /* under the lock */
	while (at < end) {
		size_t want = end - at < BUFFER ? (size_t)(end - at) : BUFFER;
		ssize_t n = real_pread(from, buffer, want, at);
		if (n <= 0 || real_pwrite(to, buffer, n, at) != n) return;
		at += n;
	}
}

/* sync_copy brings FILE.durable up to date. */
static void sync_copy(int fd) {
	char path[NAME], name[NAME + 16];
	struct stat st;
	if (!getenv("BADDISK_DURABLE") || !path_of(fd, path) || fstat(fd, &st) != 0) return;
	snprintf(name, sizeof name, "%s.durable", path);
	pthread_mutex_lock(&lock);
	struct file *f = known(path);
	int to = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (to >= 0) {
		if (f->whole) copy(fd, to, 0, st.st_size);
		else for (int i = 0; i < f->count; i++) copy(fd, to, f->dirty[i].at, f->dirty[i].at + (off_t)f->dirty[i].size);
		if (real_ftruncate(to, st.st_size) != 0) abort();
		close(to);
		f->whole = f->count = 0;
	}
	pthread_mutex_unlock(&lock);
}

ssize_t pwrite64(int fd, const void *b, size_t n, off_t at) {
	if (fails(fd, "write")) return -1;
	ssize_t done = real_pwrite(fd, b, n, at);
	if (done > 0) mark(fd, at, done);
	return done;
}

ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return pwrite64(fd, b, n, at); }

ssize_t pread64(int fd, void *b, size_t n, off_t at) { return fails(fd, "read") ? -1 : real_pread(fd, b, n, at); }

ssize_t pread(int fd, void *b, size_t n, off_t at) { return pread64(fd, b, n, at); }

int fsync(int fd) {
	if (fails(fd, "fsync")) return -1;
	int result = real_fsync(fd);
	if (result == 0) sync_copy(fd);
	return result;
}

int fdatasync(int fd) { return fsync(fd); }

int unlink(const char *path) {
	char full[NAME], name[NAME + 16];
	int result = real_unlink(path);
	if (result != 0 || !getenv("BADDISK_DURABLE") || !ours(path)) return result;
	if (path[0] != '/' || strlen(path) >= NAME) return result; /* data folders are given in full */
	strcpy(full, path);
	snprintf(name, sizeof name, "%s.durable", full);
	pthread_mutex_lock(&lock);
	struct file *f = known(full);
	f->whole = 1;
	f->count = 0;
	real_unlink(name);
	pthread_mutex_unlock(&lock);
	return result;
}
