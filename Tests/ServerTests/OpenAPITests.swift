import Corpus
import JSON
import Testing

@Suite struct OpenAPITests {
    @Test func theDocumentIsServedAndItsReferencesLeadSomewhere() throws {
        let server = try RunningServer()
        let (status, document) = try server.ask("/openapi.json")
        #expect(status == 200)
        #expect(document["openapi"]?.stringValue?.hasPrefix("3.1") == true)
        var references = 0
        func visit(_ value: JSONValue) {
            switch value {
            case .array(let elements): elements.forEach(visit)
            case .object(let members):
                if let reference = members["$ref"]?.stringValue {
                    references += 1
                    var target: JSONValue? = document
                    for name in reference.split(separator: "/").dropFirst() { target = target?[CodePoints(name)] }
                    #expect(target != nil, "\(reference) leads nowhere")
                }
                members.values.forEach(visit)
            default: break
            }
        }
        visit(document)
        #expect(references > 50)
    }
}
