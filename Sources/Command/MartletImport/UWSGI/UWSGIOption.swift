/// An option of a uWSGI file.
struct UWSGIOption {
    let line: Int
    let name: String
    /// In Martlet's form.
    let value: String
    /// As it was written.
    let text: String
    /// The words for a comment: `uwsgi.ini:7 http-socket`.
    let origin: String

    /// Whether an option that switches something on is meant so: an empty value is yes.
    var isOn: Bool { !["false", "off", "no", "0"].contains(value.lowercased()) }
}
