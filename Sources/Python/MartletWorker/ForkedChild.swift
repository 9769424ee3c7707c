internal import CMartletWorker
internal import Glibc
internal import MartletBytes

/// Ends a child that the application forked in a request and that came back to us: it has nothing to answer.
func leaveIfForked() {
    guard martlet_is_forked() else { return }
    let text =
        "martlet: a child process that the application forked returned from the request; it ends here. "
        + "Call os._exit() in the child.\n"
    StandardError.write(text)
    _exit(1)
}
