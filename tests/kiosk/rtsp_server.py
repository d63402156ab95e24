"""A real RTSP camera for the tests: GStreamer's server with a test picture, run by the system's Python.

    /usr/bin/python3 rtsp_server.py PORT [USER PASSWORD basic|digest]

Serves rtsp://127.0.0.1:PORT/door (160 x 120, 15 frames/s, H.264) and prints "ready" once it listens; to kill it is
the cut.
"""

from __future__ import annotations

import sys

LAUNCH = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=160,height=120,framerate=15/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 config-interval=1 )"
)


def serve(port: str, user: str = "", password: str = "", method: str = "basic") -> None:
    """Serve until killed, to everybody or to one user."""
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

    Gst.init(None)
    if Gst.ElementFactory.find("x264enc") is None:
        sys.exit("no x264enc")
    server = GstRtspServer.RTSPServer()
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(LAUNCH)
    factory.set_shared(True)
    if user:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth = GstRtspServer.RTSPAuth()
        if method == "digest":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(user, password, token)
        else:
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        for permission in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", permission, True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/door", factory)
    server.attach(None)
    print("ready", flush=True)  # noqa: T201  # the test waits for this word
    GLib.MainLoop().run()


if __name__ == "__main__":
    serve(*sys.argv[1:])
