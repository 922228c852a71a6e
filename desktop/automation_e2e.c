//go:build e2e && linux

#include <webkit2/webkit2.h>

// WebDriver asks for a view when its session starts: it gets the window's own.
static WebKitWebView *hand_out_view(WebKitAutomationSession *session, gpointer view) {
    (void)session;
    return WEBKIT_WEB_VIEW(view);
}

static void automation_started(WebKitWebContext *context, WebKitAutomationSession *session, gpointer view) {
    (void)context;
    WebKitApplicationInfo *info = webkit_application_info_new();
    webkit_application_info_set_name(info, "acopio-desktop");
    webkit_automation_session_set_application_info(session, info);
    webkit_application_info_unref(info);
    g_signal_connect(session, "create-web-view", G_CALLBACK(hand_out_view), view);
}

// This definition in the program comes before the library's own, so Wails gets a view that is marked as
// controlled by automation, in a context that allows it. The property can only be set at construction.
GtkWidget *webkit_web_view_new_with_user_content_manager(WebKitUserContentManager *manager) {
    GtkWidget *view = GTK_WIDGET(g_object_new(WEBKIT_TYPE_WEB_VIEW,
        "user-content-manager", manager,
        "is-controlled-by-automation", TRUE,
        NULL));
    WebKitWebContext *context = webkit_web_context_get_default();
    webkit_web_context_set_automation_allowed(context, TRUE);
    g_signal_connect(context, "automation-started", G_CALLBACK(automation_started), view);
    return view;
}
