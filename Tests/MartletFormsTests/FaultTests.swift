import MartletForms
import Testing

/// What a developer reads. The corpus has the texts of the other faults.
@Suite struct FaultTests {
    @Test(arguments: [
        (FormFault.bodyTooLong(limit: 10), 413, "The form is larger than 10 bytes."),
        (.fileTooLong(name: "doc", limit: 10), 413, "The file in \"doc\" is larger than 10 bytes."),
        (
            .tooMuchMemory(limit: 10), 413,
            "The values of the form are larger than 10 bytes. Large content is sent as a file."
        ),
    ])
    func forms(fault: FormFault, status: Int, text: String) {
        #expect(fault.status == status)
        #expect(fault.description == text)
    }

    @Test func textsOfClientsStayOnTheirLine() {
        let name = "a\"b\\c\r\n\t\u{0}\u{202E}\u{2028}é" + String(repeating: "x", count: 100)
        let fault = FormFault.fileTooLong(name: name, limit: 1)
        let shown = "a\\\"b\\\\c\\r\\n\\t\\u{0}\\u{202e}\\u{2028}é" + String(repeating: "x", count: 48) + "…"
        #expect(fault.description == "The file in \"\(shown)\" is larger than 1 bytes.")
    }

    @Test func missingFiles() {
        says(
            MissingFile(name: "doc", text: "plan.txt", isMultipart: false, others: []),
            "The form has no file \"doc\", but the text \"plan.txt\". A page sends files only from <form method=\"post\" enctype=\"multipart/form-data\">."
        )
        says(
            MissingFile(name: "doc", text: "x", isMultipart: true, others: []),
            "The form has no file \"doc\", but the text \"x\". Is it an <input type=\"file\">?"
        )
        says(
            MissingFile(name: "doc", text: nil, isMultipart: true, others: ["dog", "picture"]),
            "The form has no file \"doc\". Did you mean \"dog\"?"
        )
        says(
            MissingFile(name: "doc", text: nil, isMultipart: true, others: ["picture"]),
            "The form has no file \"doc\". It has: \"picture\"."
        )
        says(
            MissingFile(name: "doc", text: nil, isMultipart: true, others: []),
            "The form has no file \"doc\", and no other."
        )
    }

    private func says(_ fault: MissingFile, _ text: String) { #expect(fault.description == text) }
}
