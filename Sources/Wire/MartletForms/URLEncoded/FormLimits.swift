/// How much of a form is read. Above a limit it is refused with 413.
public struct FormLimits: Sendable, Hashable {
    /// The number of values: 1000, as Werkzeug's `max_form_parts`. Django has the same in
    /// `DATA_UPLOAD_MAX_NUMBER_FIELDS`. In a multipart form it is that of the parts, files included.
    public var values = 1000
    /// The bytes that are kept in memory: 500 kB, as Werkzeug's `max_form_memory_size`. Werkzeug counts each field of a
    /// multipart form by itself; here it is all fields together, with the heads of all parts, for they are kept too.
    public var memory = 500_000
    /// The bytes of the head of a part: 8 KB, as of a head of HTTP. Django reads 1 KB, Node's busboy 80 KB.
    public var partHead = 8192
    /// The lines in the head of a part. Encoders write three.
    public var partFields = 20
    /// The bytes of a file; nil for no other limit than that of the body, as in Werkzeug.
    public var file: Int?
    /// The bytes of the body; nil for no other limit than the server's.
    public var body: Int?

    public init() {}
}
