/// What a person is shown in the place of an answer: what happened, what to do next, and what is known of it. A value, which is
/// rendered as HTML, as text, or as JSON (``Problem``).
package struct ErrorPage: Sendable, Equatable {
    package var status: Int
    /// The name of the status: "Not Found".
    package var title: String
    /// A sentence; empty for a quiet page.
    package var message: String
    /// What was thrown: the name of a type.
    package var kind: String?
    /// What to do next, a sentence each.
    package var hints: [String]
    package var sections: [Section]
    /// The id by which the log tells of the request; empty if there is none.
    package var request: String
    /// Why so much is told, and how to have it told no more; empty for a quiet page.
    package var remark: String

    package init(
        status: Int,
        title: String,
        message: String = "",
        kind: String? = nil,
        hints: [String] = [],
        sections: [Section] = [],
        request: String = "",
        remark: String = ""
    ) {
        self.status = status
        self.title = title
        self.message = message
        self.kind = kind
        self.hints = hints
        self.sections = sections
        self.request = request
        self.remark = remark
    }

    /// A part of a page, under a heading.
    package struct Section: Sendable, Equatable {
        package var title: String
        package var parts: [Part]

        package init(_ title: String, _ parts: [Part]) {
            self.title = title
            self.parts = parts
        }
    }

    package enum Part: Sendable, Equatable {
        /// A sentence.
        case note(String)
        /// Names with their values.
        case facts([Fact])
        /// Columns; the first row names them.
        case table([[String]])
        /// Lines of a file.
        case excerpt(Excerpt)
        /// Text whose line breaks count.
        case text(String)
        /// A stack, in the order it is to be read.
        case frames([StackFrame])
    }

    package struct Fact: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}
