internal import CMartletWorker

/// The environ's keys and a few values, made once.
struct Names {
    let requestMethod = intern("REQUEST_METHOD")
    let scriptName = intern("SCRIPT_NAME")
    let pathInfo = intern("PATH_INFO")
    let queryString = intern("QUERY_STRING")
    let requestURI = intern("REQUEST_URI")
    let rawURI = intern("RAW_URI")
    let contentLength = intern("CONTENT_LENGTH")
    let serverName = intern("SERVER_NAME")
    let serverPort = intern("SERVER_PORT")
    let serverProtocol = intern("SERVER_PROTOCOL")
    let remoteAddress = intern("REMOTE_ADDR")
    let remotePort = intern("REMOTE_PORT")
    let urlScheme = intern("wsgi.url_scheme")
    let input = intern("wsgi.input")
    let requestIdentifier = intern("martlet.request_id")
    let http10 = intern("HTTP/1.0")
    let http2 = intern("HTTP/2.0")
    let host = intern("HTTP_HOST")
    let accept = intern("HTTP_ACCEPT")
    let https = intern("https")
    let httpsFlag = intern("HTTPS")
    let on = intern("on")
    let clientVerify = intern("SSL_CLIENT_VERIFY")
    let success = intern("SUCCESS")
    let remoteUser = intern("REMOTE_USER")
    let clientSubject = intern("SSL_CLIENT_S_DN")
    let clientCertificate = intern("SSL_CLIENT_CERT")
    let close = intern("close")
    let status = intern("status")
    let headers = intern("headers")
    let responseHeaders = intern("response_headers")
    let excInfo = intern("exc_info")
    let earlyHints = intern("wsgi.early_hints")
    let werkzeugSocket = intern("werkzeug.socket")
}

/// A `str` that lives as long as the process. None where Python is out of memory, which it will say itself soon.
func intern(_ text: StaticString) -> PyObject {
    py_PyUnicode_InternFromString(cString(text)) ?? py__Py_NoneStruct()
}
