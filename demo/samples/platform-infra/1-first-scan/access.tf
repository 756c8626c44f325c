# Roles of the shop platform.
# FLAWED ON PURPOSE: sample code for security scanners. Never apply it.
resource "aws_iam_policy" "deployer" {
  name = "shop-deployer"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
    }]
  })
}

resource "aws_iam_user" "deployer" {
  name = "shop-deployer"
}

resource "aws_iam_user_policy_attachment" "deployer" {
  user       = aws_iam_user.deployer.name
  policy_arn = aws_iam_policy.deployer.arn
}

resource "aws_instance" "jump" {
  ami                         = "ami-00000000000000000"
  instance_type               = "t3.micro"
  associate_public_ip_address = true

  metadata_options {
    http_tokens = "optional"
  }

  user_data = <<-EOT
    #!/bin/bash
    export REPORT_API_KEY=9Zk3vQx7Tm2Lp5Wr8Nb4Hd6c
    curl http://setup.shop.invalid/install.sh | bash
  EOT
}
