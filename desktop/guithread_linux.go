package main

// WebKitGTK's objects belong to the thread that runs the main loop. Wails v2 answers the page's requests on
// goroutines of their own and touches those objects there: the reference counts race, and the program dies
// with a segmentation fault after some fifty thousand requests (TestManyRequests in e2e shows it within a
// minute). Until Wails confines these calls itself, the linker routes the few that its asset server makes
// through guithread_linux.c, which has each of them done by the main loop. The flags below concern only calls
// from this program, never those inside the libraries.

/*
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.1
#cgo LDFLAGS: -Wl,--wrap=g_object_unref
#cgo LDFLAGS: -Wl,--wrap=webkit_uri_scheme_request_get_uri
#cgo LDFLAGS: -Wl,--wrap=webkit_uri_scheme_request_get_http_method
#cgo LDFLAGS: -Wl,--wrap=webkit_uri_scheme_request_get_http_headers
#cgo LDFLAGS: -Wl,--wrap=webkit_uri_scheme_request_get_http_body
#cgo LDFLAGS: -Wl,--wrap=webkit_uri_scheme_request_finish_with_response
#cgo LDFLAGS: -Wl,--wrap=webkit_uri_scheme_request_finish_error

void guithread_is_this(void);
void guithread_is_over(void);
*/
import "C"

import "runtime"

// init ties the main goroutine to the process's first thread, where Wails will run the main loop.
func init() {
	runtime.LockOSThread()
	C.guithread_is_this()
}

// mainLoopEnded lets go of every request that still waits for the main loop. It is called once the window is
// closed, so that handlers end and the station can.
func mainLoopEnded() { C.guithread_is_over() }
