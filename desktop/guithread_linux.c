#include <webkit2/webkit2.h>

// A call is one step to be done by the main loop, on behalf of a thread that waits for it.
typedef struct {
    void (*step)(void *arguments);
    void *arguments;
    gboolean done;
} Call;

static GThread *gui_thread;
static GMutex mutex;
static GCond changed;
static gboolean over; // the main loop has ended: nothing will be done any more

void guithread_is_this(void) { gui_thread = g_thread_self(); }

void guithread_is_over(void) {
    g_mutex_lock(&mutex);
    over = TRUE;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&mutex);
}

static gboolean perform(gpointer data) {
    Call *call = data;
    call->step(call->arguments);
    g_mutex_lock(&mutex);
    call->done = TRUE;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&mutex);
    return G_SOURCE_REMOVE;
}

// on_gui_thread says whether the step was done: not when the main loop has ended (nothing runs its sources
// after that, so the call may leave this stack). It always goes through the loop: g_main_context_invoke would
// run the step right here whenever the loop happens not to be running yet.
static gboolean on_gui_thread(void (*step)(void *arguments), void *arguments) {
    if (g_thread_self() == gui_thread) {
        step(arguments);
        return TRUE;
    }
    Call call = {step, arguments, FALSE};
    g_mutex_lock(&mutex);
    if (!over) {
        // At high priority: the page waits for the answer, and drawing would otherwise go first.
        g_idle_add_full(G_PRIORITY_HIGH, perform, &call, NULL);
    }
    while (!call.done && !over) {
        g_cond_wait(&changed, &mutex);
    }
    g_mutex_unlock(&mutex);
    return call.done;
}

// read_on_gui_thread has no answer to give once the main loop has ended: a request that has not reached the
// program by then never does, and its thread rests here until the process exits.
static void read_on_gui_thread(void (*step)(void *arguments), void *arguments) {
    if (on_gui_thread(step, arguments)) {
        return;
    }
    for (;;) {
        g_usleep(G_USEC_PER_SEC);
    }
}

// Releasing needs no answer. The last release of an object also destroys it, hence the loop.
void __real_g_object_unref(gpointer object);

static gboolean release(gpointer object) {
    __real_g_object_unref(object);
    return G_SOURCE_REMOVE;
}

void __wrap_g_object_unref(gpointer object) {
    if (g_thread_self() == gui_thread) {
        __real_g_object_unref(object);
        return;
    }
    g_idle_add_full(G_PRIORITY_HIGH, release, object, NULL);
}

// What is read of a request.
typedef struct {
    WebKitURISchemeRequest *request;
    const void *result;
} Read;

#define READ_ON_GUI_THREAD(type, function)                                   \
    type __real_##function(WebKitURISchemeRequest *request);                 \
    static void step_##function(void *arguments) {                           \
        Read *read = arguments;                                              \
        read->result = __real_##function(read->request);                     \
    }                                                                        \
    type __wrap_##function(WebKitURISchemeRequest *request) {                \
        Read read = {request, NULL};                                         \
        read_on_gui_thread(step_##function, &read);                          \
        return (type)read.result;                                            \
    }

READ_ON_GUI_THREAD(const gchar *, webkit_uri_scheme_request_get_uri)
READ_ON_GUI_THREAD(const gchar *, webkit_uri_scheme_request_get_http_method)
READ_ON_GUI_THREAD(SoupMessageHeaders *, webkit_uri_scheme_request_get_http_headers)

// The body is copied into memory at once, so that reading it later touches nothing of WebKit's. Only small
// bodies come this way: files are opened by this program itself (Dialogs).
GInputStream *__real_webkit_uri_scheme_request_get_http_body(WebKitURISchemeRequest *request);

static void read_body(void *arguments) {
    Read *read = arguments;
    GInputStream *body = __real_webkit_uri_scheme_request_get_http_body(read->request);
    if (body == NULL) {
        return;
    }
    GOutputStream *copy = g_memory_output_stream_new_resizable();
    if (g_output_stream_splice(copy, body, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL) >= 0) {
        GBytes *bytes = g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(copy));
        read->result = g_memory_input_stream_new_from_bytes(bytes);
        g_bytes_unref(bytes);
    }
    __real_g_object_unref(copy);
    __real_g_object_unref(body);
}

GInputStream *__wrap_webkit_uri_scheme_request_get_http_body(WebKitURISchemeRequest *request) {
    Read read = {request, NULL};
    read_on_gui_thread(read_body, &read);
    return (GInputStream *)read.result;
}

// How a request is answered.
typedef struct {
    WebKitURISchemeRequest *request;
    WebKitURISchemeResponse *response;
    GError *error;
} Finish;

void __real_webkit_uri_scheme_request_finish_with_response(WebKitURISchemeRequest *, WebKitURISchemeResponse *);
void __real_webkit_uri_scheme_request_finish_error(WebKitURISchemeRequest *, GError *);

static void finish_with_response(void *arguments) {
    Finish *finish = arguments;
    __real_webkit_uri_scheme_request_finish_with_response(finish->request, finish->response);
}

static void finish_with_error(void *arguments) {
    Finish *finish = arguments;
    __real_webkit_uri_scheme_request_finish_error(finish->request, finish->error);
}

void __wrap_webkit_uri_scheme_request_finish_with_response(WebKitURISchemeRequest *request, WebKitURISchemeResponse *response) {
    Finish finish = {request, response, NULL};
    on_gui_thread(finish_with_response, &finish);
}

void __wrap_webkit_uri_scheme_request_finish_error(WebKitURISchemeRequest *request, GError *error) {
    Finish finish = {request, NULL, error};
    on_gui_thread(finish_with_error, &finish);
}
