import Testing

@testable import MartletCommand

@Suite struct RunFailureTests {
    private struct Sample: Error, CustomStringConvertible {
        let description = "Port 8000 is taken by nginx (process 12)."
    }

    @Test func otherErrorsSayWhatTheyAre() {
        let failure = RunFailure(Sample(), application: "hello:app", directory: ".")
        #expect(failure.text == "martlet: Port 8000 is taken by nginx (process 12).\n")
        #expect(failure.status == .failure)
    }

    @Test func anImportErrorEndsWithAdvice() throws {
        try TemporaryFolder.with(["hello.py"]) { folder in
            let failure = RunFailure(importAdvice: "Is it installed?", application: "helo:app", directory: folder)
            #expect(
                failure.text == "martlet: helo:app could not be imported. Is it installed? Did you mean 'hello:app'?\n"
            )
            #expect(failure.status == .importFailed)
        }
    }
}
