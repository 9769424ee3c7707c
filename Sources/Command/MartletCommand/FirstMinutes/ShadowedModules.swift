/// Modules that Python, or a framework, imports by a name that a file beside the application would take from it.
enum ShadowedModules {
    static let names: Set<String> = [
        "flask", "django", "bottle", "falcon", "pyramid", "dash", "werkzeug", "jinja2", "click", "markupsafe",
        "abc", "ast", "asyncio", "base64", "calendar", "code", "codecs", "collections", "copy", "csv", "datetime",
        "decimal",
        "email", "enum", "functools", "glob", "hashlib", "html", "http", "importlib", "inspect", "io", "json",
        "keyword",
        "logging", "math", "mimetypes", "operator", "os", "pathlib", "pickle", "platform", "queue", "random", "re",
        "secrets",
        "select", "selectors", "signal", "site", "socket", "ssl", "statistics", "string", "struct", "subprocess", "sys",
        "tempfile", "threading", "time", "token", "traceback", "types", "typing", "unicodedata", "urllib", "uuid",
        "warnings",
        "weakref", "wsgiref", "zipfile",
    ]
}
