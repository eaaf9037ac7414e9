using System.Xml.Linq;

namespace RaftKv.Tidy;

/// <summary>Who may know whom (docs/architecture.md, "The house").</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["RaftKv.Raft"] = [],
        ["RaftKv.Storage"] = [],
        ["RaftKv.Node"] = ["RaftKv.Raft", "RaftKv.Storage"],
        ["RaftKv"] = ["RaftKv.Node"],
        ["RaftKv.Testing"] = ["RaftKv.Raft", "RaftKv.Storage", "RaftKv.Node", "RaftKv"],
    };

    [Fact]
    public void Arrows_between_products_run_one_way_and_the_leaves_never_meet()
    {
        List<string> wrong = [];
        foreach (string project in Repository.Files("src/", ".csproj"))
        {
            string name = Path.GetFileNameWithoutExtension(project);
            Assert.True(Allowed.ContainsKey(name), $"{project} is not drawn in the house; add it to docs/architecture.md and here.");
            foreach (string reference in Items(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension).OfType<string>())
            {
                if (!Allowed[name].Contains(reference))
                    wrong.Add($"{name} -> {reference}");
            }
        }

        Offenders.None(wrong);
    }

    [Fact]
    public void Libraries_depend_on_the_shared_framework_and_abstractions_only()
    {
        List<string> wrong = [];
        foreach (string project in Repository.Files("src/", ".csproj"))
        {
            wrong.AddRange(Items(project, "PackageReference")
                .Where(package => package != "System.IO.Pipelines" && !IsAbstraction(package))
                .Select(package => $"{project}: {package}"));
        }

        Offenders.None(wrong);
    }

    [Fact]
    public void Internals_are_visible_to_a_projects_own_tests_only()
    {
        List<string> wrong = [];
        foreach (string project in Repository.Files("src/", ".csproj"))
        {
            string own = Path.GetFileNameWithoutExtension(project) + ".Tests";
            wrong.AddRange(Items(project, "InternalsVisibleTo").Where(friend => friend != own)
                .Select(friend => $"{project} -> {friend}"));
        }

        Offenders.None(wrong);
        Offenders.None(Repository.Files("src/", ".cs")
            .Where(file => Repository.Read(file).Contains("assembly: InternalsVisibleTo", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = Repository.Read("RaftKv.sln").Replace('\\', '/');
        Offenders.None(Repository.Files("", ".csproj").Where(project => !solution.Contains(project, StringComparison.Ordinal)));
    }

    private static bool IsAbstraction(string package) =>
        package.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
        && package.EndsWith(".Abstractions", StringComparison.Ordinal);

    private static IEnumerable<string> Items(string project, string item) =>
        XDocument.Parse(Repository.Read(project)).Descendants(item).Select(element => element.Attribute("Include")!.Value);
}
